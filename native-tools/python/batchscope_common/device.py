"""torch, where it runs and what is fed."""
from __future__ import annotations

import sys
from typing import Any, Dict, List

from .failure import HelperFailed, is_out_of_memory, summary_of, users_traceback


def import_torch() -> Any:
    """:raises HelperFailed: `torch-absent`, `torch-broken`"""
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise HelperFailed("torch-broken", f"torch cannot be imported: {summary_of(error)}") from error
        raise HelperFailed("torch-absent", f"torch is not installed for {sys.executable}") from error
    except Exception as error:  # a broken native library: ImportError, OSError, RuntimeError
        raise HelperFailed("torch-broken", f"torch cannot be imported: {summary_of(error)}", users_traceback(error)) from error
    return torch


def choose_device(torch: Any, wanted: str) -> Any:
    """
    A torch.device; `auto`: CUDA (also ROCm), then XPU, then the CPU.

    :raises HelperFailed: `no-device` when the one asked for is not there
    """
    if wanted == "auto":
        wanted = next((kind for kind in ("cuda", "xpu") if is_available(torch, kind)), "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise HelperFailed("no-device", f'torch knows no device "{wanted}"', summary_of(error)) from error
    if device.type != "cpu" and not is_available(torch, device.type):
        raise HelperFailed("no-device", f"torch {torch.__version__} finds no {device.type} device here")
    count = device_count(torch, device.type)
    if device.index is not None and device.index >= count:
        raise HelperFailed("no-device", f"There is no {device}: torch finds {count} {device.type} device(s)")
    return device


def is_available(torch: Any, kind: str) -> bool:
    """Whether a device of the kind can be used."""
    if kind == "mps":
        mps = getattr(torch.backends, "mps", None)
        return mps is not None and bool(mps.is_available())
    module = getattr(torch, kind, None)
    return module is not None and hasattr(module, "is_available") and bool(module.is_available())


def device_count(torch: Any, kind: str) -> int:
    """How many of the kind."""
    module = getattr(torch, kind, None)
    return int(module.device_count()) if kind in ("cuda", "xpu") and module is not None else 1


def device_facts(torch: Any, device: Any) -> Dict[str, Any]:
    """Name and versions for the passport; absent where torch does not tell."""
    facts: Dict[str, Any] = {"device": str(device), "threads": torch.get_num_threads()}
    if device.type in ("cuda", "xpu"):
        facts["deviceName"] = getattr(torch, device.type).get_device_name(device)
    for name in ("cuda", "hip"):
        version = getattr(torch.version, name, None)
        if version is not None:
            facts[name] = str(version)
    return facts


def synchronize(torch: Any, device: Any) -> None:
    """Waits for the device, so that its last work is in the trace."""
    if device.type in ("cuda", "xpu"):
        getattr(torch, device.type).synchronize(device)


def dtype_of(torch: Any, name: str) -> Any:
    """:raises HelperFailed: `inputs` for a name that is no torch.dtype"""
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise HelperFailed("inputs", f'torch has no dtype "{name}"')
    return dtype


def make_inputs(torch: Any, shapes: List[List[int]], dtype: Any, device: Any) -> List[Any]:
    """
    Seeded values: normal for numbers with a point, 0 and 1 for the rest, which any embedding takes.

    :raises HelperFailed: `out-of-memory`, `inputs`
    """
    torch.manual_seed(0)
    try:
        if dtype.is_floating_point or dtype.is_complex:
            return [torch.randn(shape, device=device).to(dtype) for shape in shapes]
        return [torch.randint(0, 2, shape, device=device).to(dtype) for shape in shapes]
    except Exception as error:  # torch's own classes differ between versions
        code = "out-of-memory" if is_out_of_memory(error) else "inputs"
        raise HelperFailed(code, f"The inputs cannot be made: {summary_of(error)}") from error
