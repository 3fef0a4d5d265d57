"""Artifacts: written whole or not at all, and tensors as `.npy` without NumPy."""
from __future__ import annotations

import contextlib
import os
from typing import Any, Dict, Iterator

from batchscope_common.failure import HelperFailed, summary_of


@contextlib.contextmanager
def written_whole(output: str, scratch: str) -> Iterator[str]:
    """
    Gives a path of the same name in `scratch`, a folder beside `output`; what is there at the end moves, with the files
    beside it that hold weights. Who made the folder removes it.

    :raises HelperFailed: `cannot-write`, `nothing-written`
    """
    name = os.path.basename(output)
    path = os.path.join(scratch, name)
    yield path
    if not os.path.isfile(path):
        raise HelperFailed("nothing-written", f"The tool ended well and wrote no {name}")
    try:
        # The model last: where it is, its weights are.
        for each in sorted(os.listdir(scratch), key=lambda each: each == name):
            os.replace(os.path.join(scratch, each), os.path.join(os.path.dirname(os.path.abspath(output)), each))
    except OSError as error:
        raise HelperFailed("cannot-write", f"{output} cannot be written: {summary_of(error)}") from error


def size_of(path: str) -> Dict[str, Any]:
    """Bytes of the file itself."""
    return {"bytes": os.path.getsize(path)}


#: NumPy's name of each torch dtype that has one.
_DESCR = {
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
    "int8": "|i1",
    "uint8": "|u1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "bool": "|b1",
    "bfloat16": "<V2",
}


def write_npy(torch: Any, tensor: Any, path: str) -> Dict[str, Any]:
    """A tensor as `.npy`, version 1.0. :raises HelperFailed: `output-type`"""
    import ctypes

    name = str(tensor.dtype).replace("torch.", "")
    if name not in _DESCR:
        raise HelperFailed("output-type", f"An output of dtype {name} cannot be compared")
    tensor = tensor.detach().to("cpu").contiguous()
    shape = [int(size) for size in tensor.shape]
    text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (_DESCR[name], "".join(f"{size}, " for size in shape))
    header = text.ljust((10 + len(text) + 64) // 64 * 64 - 11) + "\n"
    values = ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()) if tensor.numel() else b""
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin1") + values)
    return {"dtype": name, "shape": shape, "path": path}


def read_npy(torch: Any, path: str) -> Any:
    """A `.npy` file of ours, which is little-endian and in C order. :raises HelperFailed: `inputs`"""
    import ast

    with open(path, "rb") as file:
        magic = file.read(10)
        header = ast.literal_eval(file.read(int.from_bytes(magic[8:10], "little")).decode("latin1").strip())
        values = bytearray(file.read())
    names = {descr: name for name, descr in _DESCR.items()}
    name = names.get(header["descr"])
    if name is None:
        raise HelperFailed("inputs", f"torch cannot be fed {header['descr']}")
    dtype = getattr(torch, name)
    if not values:
        return torch.empty(header["shape"], dtype=dtype)
    return torch.frombuffer(values, dtype=dtype).reshape(header["shape"])
