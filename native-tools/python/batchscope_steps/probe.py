"""
Which tools of export and conversion this Python has, by version, as one JSON line, without importing any: that takes
seconds. Run by itself; also reads no file of the current folder.
"""
from __future__ import annotations

import os
import sys

sys.path = [folder for folder in sys.path if folder and os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

import importlib.metadata  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402

DISTRIBUTIONS = {
    "torch": ["torch"],
    "torchvision": ["torchvision"],
    "onnx": ["onnx"],
    "onnxscript": ["onnxscript"],
    "onnxconverter-common": ["onnxconverter-common"],
    "onnxruntime": ["onnxruntime", "onnxruntime-gpu", "onnxruntime-training", "onnxruntime-directml", "onnxruntime-openvino"],
    "nvidia-modelopt": ["nvidia-modelopt"],
}


def main() -> None:
    packages = {}
    for name, distributions in DISTRIBUTIONS.items():
        for distribution in distributions:
            try:
                packages[name] = importlib.metadata.version(distribution)
                break
            except importlib.metadata.PackageNotFoundError:
                continue
    print(json.dumps({"python": platform.python_version(), "executable": sys.executable, "packages": packages}))


main()
