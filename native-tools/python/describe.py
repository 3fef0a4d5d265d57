"""Tells which Python this is and which of our libraries it has, as one JSON line. Imports none of them: torch takes seconds."""
import sys

sys.path = [folder for folder in sys.path if folder]  # nothing from the current folder

import importlib.metadata
import json
import platform

NAMES = {
    "torch": ["torch"],
    "onnxruntime": ["onnxruntime", "onnxruntime-gpu"],
    "onnx": ["onnx"],
    "tensorrt": ["tensorrt"],
}
versions = {}
for name, distributions in NAMES.items():
    for distribution in distributions:
        try:
            versions[name] = importlib.metadata.version(distribution)
            break
        except importlib.metadata.PackageNotFoundError:
            pass
print(json.dumps({"python": platform.python_version(), "executable": sys.executable, "packages": versions}))
