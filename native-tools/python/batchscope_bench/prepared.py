"""A call that is ready to be timed."""
from __future__ import annotations

import time
from array import array
from typing import Any, Callable, Dict

#: A texts or numbers the passport shows; lists of them too.
Facts = Dict[str, Any]


class Prepared:
    """
    What a library makes of a request.

    :ivar call: one synchronous call; what it returns goes to `on_call` after the clock has stopped
    :ivar failure_code: the word for an exception of the call
    """

    call: Callable[[], Any]
    failure_code = "call-failed"

    def on_call(self, result: Any) -> None:
        """Keeps what else is to be known of the call."""

    def series(self) -> "Dict[str, array[float]]":
        """Other distributions of the same calls, in ms, as long as the wall times."""
        return {}

    def figures(self, first_ms: float, steady_ms: float) -> Dict[str, Any]:
        """What was measured once, in the words of the `done` message. `steady_ms`: the median of the counted calls."""
        return {}

    def facts(self) -> Facts:
        """What really ran, for the passport."""
        return {}


class Stopwatch:
    """`with Stopwatch() as watch: …; watch.ms`"""

    ms = 0.0

    def __enter__(self) -> "Stopwatch":
        self._start_ns = time.perf_counter_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self.ms = (time.perf_counter_ns() - self._start_ns) / 1e6
