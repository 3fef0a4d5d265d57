"""One profiler a process: a second one that a script starts inside a capture crashes the process (torch 2.15, SIGSEGV)."""
from __future__ import annotations

import functools
from typing import Any, Callable


class ProfilerInUse(RuntimeError):
    """Raised where the script would start its own profiler."""

    def __init__(self) -> None:
        super().__init__("this program starts torch's profiler itself, and is being captured with it already")


def refuse_others(torch: Any, ours: Any) -> None:
    """Lets only `ours` start; whatever else the program starts raises ProfilerInUse where it does so."""
    for owner, name in (
        (torch.profiler.profile, "start"),
        (getattr(torch.profiler.profiler, "_KinetoProfile", None), "start"),
        (torch.autograd.profiler.profile, "__enter__"),
    ):
        if owner is not None and name in vars(owner):
            setattr(owner, name, _only_ours(vars(owner)[name], ours))


def _only_ours(original: Callable[..., Any], ours: Any) -> Callable[..., Any]:
    @functools.wraps(original)
    def start(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self is not ours:
            raise ProfilerInUse()
        return original(self, *args, **kwargs)

    return start
