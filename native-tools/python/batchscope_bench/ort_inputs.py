"""Inputs and outputs of an ONNX Runtime session: on the host, or bound to a device."""
from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional

from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of

from .request import Tensor

#: ONNX Runtime's name of the memory that a provider computes in, where inputs and outputs can be bound to it.
DEVICES = {"CUDAExecutionProvider": "cuda", "TensorrtExecutionProvider": "cuda", "DmlExecutionProvider": "dml"}


def make_arrays(tensors: List[Tensor]) -> Dict[str, Any]:
    """NumPy arrays by input. :raises HelperFailed: `inputs`"""
    return {tensor.name: _array(tensor) for tensor in tensors}


def _array(tensor: Tensor) -> Any:
    import numpy

    if tensor.path == "":
        return numpy.zeros(tensor.shape, dtype=numpy.dtype(tensor.dtype))
    if tensor.dtype == "string":
        with open(tensor.path, encoding="utf-8") as file:
            return numpy.array(json.load(file), dtype=object).reshape(tensor.shape)
    try:
        return numpy.fromfile(tensor.path, dtype=numpy.dtype(tensor.dtype)).reshape(tensor.shape)
    except TypeError as error:
        raise HelperFailed("inputs", f"Input {tensor.name} is {tensor.dtype}, which onnxruntime's Python cannot be fed") from error
    except ValueError as error:
        raise HelperFailed("inputs", f"Input {tensor.name} cannot be made: {summary_of(error)}") from error


class Feeds:
    """
    A call with inputs that are in memory already. Without a device both sides are in the host's memory, outputs are
    allocated in the call; with one they are bound to its memory and the call waits until it has computed.
    """

    call: Callable[[], Any]

    def __init__(self, ort: Any, session: Any, arrays: Dict[str, Any], device: Optional[str], device_id: int) -> None:
        outputs = [output.name for output in session.get_outputs()]
        try:
            place = (device or "cpu", device_id if device else 0)
            values = {name: ort.OrtValue.ortvalue_from_numpy(array, *place) for name, array in arrays.items()}
        except Exception as error:  # pybind's own classes
            code = "out-of-memory" if is_out_of_memory(error) else "inputs"
            raise HelperFailed(code, f"The inputs cannot be made: {summary_of(error)}") from error
        if device is None:
            self.call = lambda: session.run_with_ort_values(outputs, values)
            self._outputs: Callable[[Any], List[Any]] = list
            return
        binding = session.io_binding()
        for name, value in values.items():
            binding.bind_ortvalue_input(name, value)
        for name in outputs:
            binding.bind_output(name, device, device_id)

        def bound() -> None:
            session.run_with_iobinding(binding)
            binding.synchronize_outputs()

        self.call = bound
        self._outputs = lambda _: list(binding.get_outputs())

    def output_bytes(self, result: Any) -> int:
        """Of all outputs that are tensors with a size in bytes; strings are not counted."""
        return sum(_bytes_of(value) for value in self._outputs(result))


def _bytes_of(value: Any) -> int:
    if not value.is_tensor() or value.data_type() == "tensor(string)":
        return 0
    if hasattr(value, "tensor_size_in_bytes"):
        return int(value.tensor_size_in_bytes())
    return int(value.numpy().nbytes)
