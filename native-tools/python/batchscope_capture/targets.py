"""What is profiled."""
from __future__ import annotations

import os
import runpy
import sys
from typing import Any, Callable, Dict

from batchscope_common.device import dtype_of, make_inputs
from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of
from batchscope_common.targets import find_entry, load_torchscript, load_torchvision

from .request import Request

DEFAULT_IMAGE = [[1, 3, 224, 224]]


def script_runner(target: Dict[str, Any]) -> Callable[[], None]:
    """
    Runs a script as `python SCRIPT ARGS…` would: its folder first on the path, its own argv, as `__main__`.

    :raises HelperFailed: `target-missing`
    """
    path = os.path.abspath(target["path"])
    if not os.path.exists(path):
        raise HelperFailed("target-missing", f"The script does not exist: {path}")
    sys.argv = [target["path"], *target.get("args", [])]
    sys.path.insert(0, path if os.path.isdir(path) else os.path.dirname(path))
    return lambda: void(runpy.run_path(path, run_name="__main__"))


def step_of(torch: Any, request: Request, device: Any) -> Callable[[], None]:
    """One step of a target that is no script: a call with the inputs. :raises HelperFailed:"""
    target = request.target
    dtype = dtype_of(torch, request.dtype)
    kind = target["kind"]
    if kind == "entry":
        called = find_entry(target["entry"], target.get("folder"))
        if isinstance(called, type) and issubclass(called, torch.nn.Module):
            called = called()
        if isinstance(called, torch.nn.Module):
            called = as_model(torch, called, dtype, device)
        shapes = request.shapes
    elif kind == "torchscript":
        called = as_model(torch, load_torchscript(torch, target["path"], device), dtype, device)
        shapes = request.shapes
    elif kind == "torchvision":
        called = as_model(torch, load_torchvision(target["model"]), dtype, device)
        shapes = request.shapes or DEFAULT_IMAGE
    else:
        raise HelperFailed("request", f'There is no kind of target "{kind}"')
    inputs = make_inputs(torch, shapes, dtype, device)
    return lambda: void(called(*inputs))


def as_model(torch: Any, model: Any, dtype: Any, device: Any) -> Callable[..., Any]:
    """In evaluation, on the device, called without gradients. :raises HelperFailed: `out-of-memory`, `target-failed`"""
    try:
        model = model.to(device)
        if dtype.is_floating_point and dtype != torch.float32:
            model = model.to(dtype)
        model.eval()
    except Exception as error:
        code = "out-of-memory" if is_out_of_memory(error) else "target-failed"
        raise HelperFailed(code, f"The model cannot be moved to {device}: {summary_of(error)}") from error
    without_gradients = torch.inference_mode if hasattr(torch, "inference_mode") else torch.no_grad

    def call(*inputs: Any) -> None:
        with without_gradients():
            model(*inputs)

    return call


def void(_: Any) -> None:
    """Drops what a call returned."""
