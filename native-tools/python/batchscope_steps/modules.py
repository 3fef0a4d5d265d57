"""The torch module that a target names."""
from __future__ import annotations

from typing import Any, Dict

from batchscope_common.failure import HelperFailed, summary_of, users_traceback
from batchscope_common.targets import find_entry, load_torchscript, load_torchvision


def module_of(torch: Any, target: Dict[str, Any]) -> Any:
    """
    In evaluation, on the CPU. An entry is a module, its class, or a function without arguments that makes one. Weights
    that it draws at random are the same every time: torch's generator is seeded before.

    :raises HelperFailed: `entry-missing`, `target-missing`, `target-broken`, `target-failed`, `not-a-module`
    """
    torch.manual_seed(0)
    kind = target["kind"]
    if kind == "torchscript":
        module = load_torchscript(torch, target["path"], torch.device("cpu"))
    elif kind == "torchvision":
        module = load_torchvision(target["model"])
    elif kind == "entry":
        module = find_entry(target["entry"], target.get("folder"))
        if not isinstance(module, torch.nn.Module):
            module = made_by(module, target["entry"])
    else:
        raise HelperFailed("request", f'There is no kind of target "{kind}"')
    if not isinstance(module, torch.nn.Module):
        raise HelperFailed("not-a-module", f"{target.get('entry', kind)} gives a {type(module).__name__}, not a torch.nn.Module")
    return module.to("cpu").eval()


def made_by(factory: Any, name: str) -> Any:
    """:raises HelperFailed: `target-failed`"""
    try:
        return factory()
    except Exception as error:
        raise HelperFailed("target-failed", f"{name}() failed: {summary_of(error)}", users_traceback(error)) from error
