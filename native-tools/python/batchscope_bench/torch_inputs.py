"""Inputs of a torch model, in memory and on the device before the clock starts."""
from __future__ import annotations

from typing import Any, List

from batchscope_common.device import dtype_of, make_inputs
from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of

from .request import Tensor


def torch_inputs(torch: Any, tensors: List[Tensor], device: Any, channels_last: bool) -> List[Any]:
    """:raises HelperFailed: `inputs`, `out-of-memory`, `torch-old`"""
    if not hasattr(torch, "frombuffer"):
        raise HelperFailed("torch-old", f"torch {torch.__version__} cannot read inputs from memory: 1.10 is the first")
    return [_on_device(torch, tensor, device, channels_last) for tensor in tensors]


def _on_device(torch: Any, tensor: Tensor, device: Any, channels_last: bool) -> Any:
    if tensor.dtype == "string":
        raise HelperFailed("inputs", f"Input {tensor.name} holds strings: torch has no such tensors")
    dtype = dtype_of(torch, tensor.dtype)
    try:
        if tensor.path == "":
            values = make_inputs(torch, [tensor.shape], dtype, device)[0]
        else:
            with open(tensor.path, "rb") as file:
                data = bytearray(file.read())
            values = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
            values = values.reshape(tensor.shape).to(device)
        return values.contiguous(memory_format=torch.channels_last) if channels_last and values.dim() == 4 else values
    except HelperFailed:
        raise
    except Exception as error:  # torch's own classes differ between versions
        code = "out-of-memory" if is_out_of_memory(error) else "inputs"
        raise HelperFailed(code, f"Input {tensor.name} cannot be made: {summary_of(error)}") from error


def output_bytes(result: Any) -> int:
    """Of every tensor in nested lists, tuples and dictionaries."""
    if hasattr(result, "element_size") and hasattr(result, "numel"):
        return int(result.element_size()) * int(result.numel())
    if isinstance(result, dict):
        return sum(output_bytes(value) for value in result.values())
    if isinstance(result, (list, tuple)):
        return sum(output_bytes(value) for value in result)
    return 0
