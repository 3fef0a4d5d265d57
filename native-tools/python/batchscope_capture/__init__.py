"""Batchscope's torch.profiler capture, run by the user's own interpreter: standard library and torch only, Python 3.8 and later.

A captured script may mark its steps::

    import batchscope_capture
    for batch in loader:
        train(batch)
        batchscope_capture.step()

Outside a capture `step()` does nothing. A script without it is one step.
"""
from __future__ import annotations

from typing import Callable, Optional

__all__ = ["is_capturing", "step"]

_on_step: Optional[Callable[[], None]] = None


def step() -> None:
    """One step of the script is over. Call it on the thread that runs the script; does nothing outside a capture."""
    if _on_step is not None:
        _on_step()


def is_capturing() -> bool:
    """Whether a capture is running in this process."""
    return _on_step is not None


def _listen(on_step: Optional[Callable[[], None]]) -> None:
    """For the capture itself: who hears of steps."""
    global _on_step
    _on_step = on_step
