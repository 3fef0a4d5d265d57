"""What of the user's is called: functions, TorchScript files, torchvision models."""
from __future__ import annotations

import difflib
import importlib
import os
import sys
from typing import Any, Callable, List, Optional

from .failure import HelperFailed, summary_of, users_traceback


def find_entry(entry: str, folder: Optional[str]) -> Callable[..., Any]:
    """`package.module:function`, dots allowed in both. :raises HelperFailed: `entry-missing`, `target-failed`"""
    module_name, _, attributes = entry.partition(":")
    if not module_name or not attributes:
        raise HelperFailed("entry-missing", f'An entry looks like "package.module:function", not "{entry}"')
    sys.path.insert(0, os.path.abspath(folder or "."))
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        ours = error.name is not None and (module_name == error.name or module_name.startswith(error.name + "."))
        code = "entry-missing" if ours else "target-failed"
        raise HelperFailed(code, f"Importing {module_name}: {summary_of(error)}", users_traceback(error)) from error
    except Exception as error:
        raise HelperFailed("target-failed", f"Importing {module_name}: {summary_of(error)}", users_traceback(error)) from error
    for name in attributes.split("."):
        if not hasattr(found, name):
            raise HelperFailed("entry-missing", f'{module_name} has no "{name}"{did_you_mean(name, dir(found))}')
        found = getattr(found, name)
    if not callable(found):
        raise HelperFailed("entry-missing", f"{entry} cannot be called: it is a {type(found).__name__}")
    return found


def load_torchscript(torch: Any, path: str, device: Any) -> Any:
    """:raises HelperFailed: `target-missing`, `target-broken`"""
    if not os.path.isfile(path):
        raise HelperFailed("target-missing", f"The TorchScript file does not exist: {path}")
    try:
        return torch.jit.load(path, map_location=device)
    except Exception as error:
        raise HelperFailed("target-broken", f"{path} is no TorchScript that torch {torch.__version__} loads", summary_of(error)) from error


def load_torchvision(name: str) -> Any:
    """A model with random weights. :raises HelperFailed: `torchvision-absent`, `entry-missing`"""
    try:
        from torchvision import models
    except ImportError as error:
        raise HelperFailed("torchvision-absent", "torchvision is not installed for this Python", summary_of(error)) from error
    known = models.list_models() if hasattr(models, "list_models") else [n for n in dir(models) if n[0].islower()]
    if name not in known or not callable(getattr(models, name, None) or getattr(models, "get_model", None)):
        raise HelperFailed("entry-missing", f'torchvision has no model "{name}"{did_you_mean(name, known)}')
    if hasattr(models, "get_model"):
        return models.get_model(name, weights=None)
    return getattr(models, name)()


def did_you_mean(name: str, known: List[str]) -> str:
    """`, did you mean "resnet18"?` or nothing."""
    close = difflib.get_close_matches(name, known, n=3)
    return f', did you mean {", ".join(close)}?' if close else ""
