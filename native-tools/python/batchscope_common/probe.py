"""
Which Python this is, which torch and ONNX Runtime it has and what they could run on, as one JSON line, without importing
them: that takes seconds. Run by itself; also reads no file of the current folder.
"""
from __future__ import annotations

import os
import sys

sys.path = [folder for folder in sys.path if folder and os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

import ctypes  # noqa: E402
import importlib.metadata  # noqa: E402
import importlib.util  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
import sysconfig  # noqa: E402
from typing import Any, Dict, List, Optional  # noqa: E402


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


#: Providers that are libraries of their own beside ONNX Runtime's: a part of the file's name, and what they are called.
PROVIDER_FILES = {
    "providers_cuda": "CUDAExecutionProvider",
    "providers_tensorrt": "TensorrtExecutionProvider",
    "providers_nv_tensorrt_rtx": "NvTensorRTRTXExecutionProvider",
    "providers_openvino": "OpenVINOExecutionProvider",
    "providers_rocm": "ROCMExecutionProvider",
    "providers_migraphx": "MIGraphXExecutionProvider",
    "providers_dnnl": "DnnlExecutionProvider",
    "providers_cann": "CANNExecutionProvider",
    "providers_qnn": "QNNExecutionProvider",
    "providers_vitisai": "VitisAIExecutionProvider",
    "DirectML": "DmlExecutionProvider",
}


def onnxruntime_here() -> Optional[Dict[str, Any]]:
    """`{"version", "package", "cuda"?, "providers"}` from the package's files; none where it is not installed."""
    found = importlib.util.find_spec("onnxruntime")
    folder = None if found is None or not found.origin else os.path.join(os.path.dirname(found.origin), "capi")
    if folder is None or not os.path.isdir(folder):
        return None
    files = os.listdir(folder)
    try:
        with open(os.path.join(folder, "build_and_package_info.py"), encoding="utf-8") as file:
            told = dict(re.findall(r"^(package_name|__version__|cuda_version)\s*=\s*['\"]([^'\"]*)['\"]", file.read(), re.MULTILINE))
    except OSError:
        told = {}
    providers: List[str] = [name for part, name in PROVIDER_FILES.items() if any(part in file for file in files)]
    if sys.platform == "darwin":
        providers.append("CoreMLExecutionProvider")
    facts = {
        "version": told.get("__version__") or version_of(told.get("package_name", "onnxruntime")),
        "package": told.get("package_name", "onnxruntime"),
        "cuda": told.get("cuda_version") or None,
        "providers": [*providers, "CPUExecutionProvider"],
    }
    return {name: value for name, value in facts.items() if value is not None}


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
    onnxruntime = onnxruntime_here()
    wants_cuda = "cuda" in build or "CUDAExecutionProvider" in (onnxruntime or {}).get("providers", [])
    facts: Dict[str, Any] = {
        "python": platform.python_version(),
        "executable": sys.executable,
        "torch": build.pop("version", None) or version_of("torch"),
        "torchvision": version_of("torchvision"),
        "build": build,
        "onnxruntime": onnxruntime,
        "cudaDevices": cuda_devices() if wants_cuda else 0,
        "rocmDevice": "hip" in build and os.path.exists("/dev/kfd"),
        "packages": sysconfig.get_path("purelib"),
    }
    print(json.dumps({name: value for name, value in facts.items() if value is not None}))


main()
