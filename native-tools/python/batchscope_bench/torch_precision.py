"""In which arithmetic torch computes, as asked and as it does."""
from __future__ import annotations

from typing import Any, Dict, Optional

from batchscope_common.failure import HelperFailed

AUTOCAST = {"fp16": "float16", "bf16": "bfloat16"}
NAMES = {"torch.float32": "fp32", "torch.float16": "fp16", "torch.bfloat16": "bf16", "torch.float64": "fp64"}


def set_precision(torch: Any, asked: str, device: Any, model: Any) -> str:
    """
    Sets torch's switches for `asked`; `model` leaves them as torch has them.

    :returns: what will run, `unknown` for a function that holds no parameters
    :raises HelperFailed: `precision`
    """
    held = held_precision(torch, model)
    if asked in AUTOCAST:
        if not hasattr(torch, "autocast"):
            raise HelperFailed("torch-old", f"torch {torch.__version__} has no torch.autocast: 1.10 is the first")
        return asked
    if asked in ("fp32", "tf32"):
        if held not in ("fp32", "unknown"):
            raise HelperFailed("precision", f"The model's parameters are {held}, not fp32")
        if asked == "tf32" and device.type != "cuda":
            raise HelperFailed("precision", f"TF32 is arithmetic of NVIDIA GPUs; this runs on {device}")
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = asked == "tf32"
            torch.backends.cudnn.allow_tf32 = asked == "tf32"
        return asked
    if asked != "model":
        raise HelperFailed("precision", f'torch is not asked for "{asked}"')
    return "tf32" if device.type == "cuda" and held == "fp32" and uses_tf32(torch, model) else held


def held_precision(torch: Any, model: Any) -> str:
    """What most bytes of the parameters are; `mixed` where no type has 95 % of them."""
    if not isinstance(model, torch.nn.Module):
        return "unknown"
    sizes: Dict[str, int] = {}
    for parameter in model.parameters():
        name = NAMES.get(str(parameter.dtype), "unknown")
        sizes[name] = sizes.get(name, 0) + parameter.numel() * parameter.element_size()
    if not sizes or sum(sizes.values()) == 0:
        return "unknown"
    name, size = max(sizes.items(), key=lambda item: item[1])
    return name if size >= 0.95 * sum(sizes.values()) else "mixed"


def uses_tf32(torch: Any, model: Any) -> bool:
    """Whether torch's switches let this model compute in TF32; convolutions do by torch's default."""
    if torch.cuda.get_device_capability()[0] < 8 or getattr(torch.version, "hip", None):
        return False
    has_convolution = any("Conv" in type(module).__name__ for module in model.modules())
    return bool(torch.backends.cuda.matmul.allow_tf32 or (torch.backends.cudnn.allow_tf32 and has_convolution))


def autocast_dtype(torch: Any, asked: str) -> Optional[Any]:
    """The type for torch.autocast, or none."""
    return getattr(torch, AUTOCAST[asked]) if asked in AUTOCAST else None
