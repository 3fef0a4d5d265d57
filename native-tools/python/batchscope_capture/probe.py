"""
Which Python this is, which torch it has and what that could run on, as one JSON line, without importing torch: that takes
seconds. Run by itself; also reads no file of the current folder.
"""
from __future__ import annotations

import os
import sys

sys.path = [folder for folder in sys.path if folder and os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

import ctypes  # noqa: E402
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
from typing import Any, Dict, Optional  # noqa: E402


def version_of(name: str) -> Optional[str]:
    """Of an installed distribution."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def build_of_torch() -> Dict[str, str]:
    """What torch was built for, from the file it keeps that in: `{"version": "2.15.0+cu132", "cuda": "13.2"}`."""
    try:
        files = importlib.metadata.files("torch") or []
        path = next((file.locate() for file in files if str(file).replace("\\", "/") == "torch/version.py"), None)
        text = "" if path is None else open(str(path), encoding="utf-8").read()
    except (importlib.metadata.PackageNotFoundError, OSError):
        return {}
    found = re.findall(r"^(?:__version__|(cuda|hip|xpu))\s*(?::[^=\n]*)?=\s*'([^']+)'", text, re.MULTILINE)
    return {name or "version": value for name, value in found}


def cuda_devices() -> int:
    """What NVIDIA's driver counts; 0 without one."""
    for library in ("libcuda.so.1", "nvcuda.dll"):
        try:
            driver = ctypes.CDLL(library)
        except OSError:
            continue
        count = ctypes.c_int(0)
        if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
            return count.value
    return 0


def main() -> None:
    build = build_of_torch()
    facts: Dict[str, Any] = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "torch": build.pop("version", None) or version_of("torch"),
        "torchvision": version_of("torchvision"),
        "build": build,
        "cudaDevices": cuda_devices() if "cuda" in build else 0,
        "rocmDevice": "hip" in build and os.path.exists("/dev/kfd"),
    }
    print(json.dumps({name: value for name, value in facts.items() if value is not None}))


main()
