"""What is profiled."""
from __future__ import annotations

import difflib
import importlib
import os
import runpy
import sys
from typing import Any, Callable, Dict, List, Optional

from .device import dtype_of, make_inputs
from .failure import CaptureFailed, is_out_of_memory, summary_of, users_traceback
from .request import Request

DEFAULT_IMAGE = [[1, 3, 224, 224]]


def script_runner(target: Dict[str, Any]) -> Callable[[], None]:
    """
    Runs a script as `python SCRIPT ARGS…` would: its folder first on the path, its own argv, as `__main__`.

    :raises CaptureFailed: `target-missing`
    """
    path = os.path.abspath(target["path"])
    if not os.path.exists(path):
        raise CaptureFailed("target-missing", f"The script does not exist: {path}")
    sys.argv = [target["path"], *target.get("args", [])]
    sys.path.insert(0, path if os.path.isdir(path) else os.path.dirname(path))
    return lambda: void(runpy.run_path(path, run_name="__main__"))


def step_of(torch: Any, request: Request, device: Any) -> Callable[[], None]:
    """One step of a target that is no script: a call with the inputs. :raises CaptureFailed:"""
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
        raise CaptureFailed("request", f'There is no kind of target "{kind}"')
    inputs = make_inputs(torch, shapes, dtype, device)
    return lambda: void(called(*inputs))


def find_entry(entry: str, folder: Optional[str]) -> Callable[..., Any]:
    """`package.module:function`, dots allowed in both. :raises CaptureFailed: `entry-missing`, `target-failed`"""
    module_name, _, attributes = entry.partition(":")
    if not module_name or not attributes:
        raise CaptureFailed("entry-missing", f'An entry looks like "package.module:function", not "{entry}"')
    sys.path.insert(0, os.path.abspath(folder or "."))
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        ours = error.name is not None and (module_name == error.name or module_name.startswith(error.name + "."))
        code = "entry-missing" if ours else "target-failed"
        raise CaptureFailed(code, f"Importing {module_name}: {summary_of(error)}", users_traceback(error)) from error
    except Exception as error:
        raise CaptureFailed("target-failed", f"Importing {module_name}: {summary_of(error)}", users_traceback(error)) from error
    for name in attributes.split("."):
        if not hasattr(found, name):
            raise CaptureFailed("entry-missing", f'{module_name} has no "{name}"{did_you_mean(name, dir(found))}')
        found = getattr(found, name)
    if not callable(found):
        raise CaptureFailed("entry-missing", f"{entry} cannot be called: it is a {type(found).__name__}")
    return found


def load_torchscript(torch: Any, path: str, device: Any) -> Any:
    """:raises CaptureFailed: `target-missing`, `target-broken`"""
    if not os.path.isfile(path):
        raise CaptureFailed("target-missing", f"The TorchScript file does not exist: {path}")
    try:
        return torch.jit.load(path, map_location=device)
    except Exception as error:
        raise CaptureFailed("target-broken", f"{path} is no TorchScript that torch {torch.__version__} loads", summary_of(error)) from error


def load_torchvision(name: str) -> Any:
    """A model with random weights. :raises CaptureFailed: `torchvision-absent`, `entry-missing`"""
    try:
        from torchvision import models
    except ImportError as error:
        raise CaptureFailed("torchvision-absent", "torchvision is not installed for this Python", summary_of(error)) from error
    known = models.list_models() if hasattr(models, "list_models") else [n for n in dir(models) if n[0].islower()]
    if name not in known or not callable(getattr(models, name, None) or getattr(models, "get_model", None)):
        raise CaptureFailed("entry-missing", f'torchvision has no model "{name}"{did_you_mean(name, known)}')
    if hasattr(models, "get_model"):
        return models.get_model(name, weights=None)
    return getattr(models, name)()


def as_model(torch: Any, model: Any, dtype: Any, device: Any) -> Callable[..., Any]:
    """In evaluation, on the device, called without gradients. :raises CaptureFailed: `out-of-memory`, `target-failed`"""
    try:
        model = model.to(device)
        if dtype.is_floating_point and dtype != torch.float32:
            model = model.to(dtype)
        model.eval()
    except Exception as error:
        code = "out-of-memory" if is_out_of_memory(error) else "target-failed"
        raise CaptureFailed(code, f"The model cannot be moved to {device}: {summary_of(error)}") from error
    without_gradients = torch.inference_mode if hasattr(torch, "inference_mode") else torch.no_grad

    def call(*inputs: Any) -> None:
        with without_gradients():
            model(*inputs)

    return call


def did_you_mean(name: str, known: List[str]) -> str:
    """`, did you mean "resnet18"?` or nothing."""
    close = difflib.get_close_matches(name, known, n=3)
    return f', did you mean {", ".join(close)}?' if close else ""


def void(_: Any) -> None:
    """Drops what a call returned."""
