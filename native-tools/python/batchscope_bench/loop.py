"""
Calls and their times. One latency is the wall time of one synchronous call, from handing over inputs that are already in
memory until its outputs are there; outputs are made inside the call and let go after the clock has stopped.
"""
from __future__ import annotations

import gc
import sys
import time
from array import array
from typing import Any, Callable, List

from .request import Rules

#: Between these it is told how it goes.
STINT_NS = 250_000_000
WARM_CALLS_OF_NOTHING = 200
CALLS_OF_NOTHING = 2000


class Samples:
    """Latencies in ns in order of measurement; `on_call` may keep another figure of each call, after its clock stopped."""

    def __init__(self, call: Callable[[], Any], on_call: Callable[[Any], None]) -> None:
        self._call = call
        self._on_call = on_call
        self.ns = array("q")

    def run(self, max_calls: int, until_ns: int) -> None:
        """At least one call, until `max_calls` are made or the clock is past `until_ns`."""
        call, on_call, keep, clock = self._call, self._on_call, self.ns.append, time.perf_counter_ns
        calls = 0
        while True:
            start_ns = clock()
            result = call()
            end_ns = clock()
            keep(end_ns - start_ns)
            on_call(result)
            result = None  # released here: not inside the next call's time
            calls += 1
            if calls >= max_calls or end_ns >= until_ns:
                return


def run_loop(samples: Samples, rules: Rules, on_counting: Callable[[int], None], on_live: Callable[[int, float], None]) -> int:
    """
    Warm-up, then counted calls until both minima are reached or the limit is; as `timed-loop.ts` does it. The first call
    is one of the warm-up's and outside its limit of time: it may compile for longer than that.

    :returns: number of leading samples that are warm-up
    """
    remaining = rules.warmup
    if remaining > 0:
        samples.run(1, 0)
        remaining -= 1
    if remaining > 0:
        _run_part(samples, Rules(0, remaining, 0, rules.max_ms), lambda: None)
    warmup = len(samples.ns)
    gc.collect()
    freeze()
    on_counting(warmup)

    def tell() -> None:
        counted = samples.ns[warmup:]
        on_live(len(counted), sum(counted) / len(counted) / 1e6)

    _run_part(samples, rules, tell)
    return warmup


def _run_part(samples: Samples, rules: Rules, after_stint: Callable[[], None]) -> None:
    before = len(samples.ns)
    start_ns = time.perf_counter_ns()
    min_ns, max_ns = int(rules.min_ms * 1e6), int(rules.max_ms * 1e6)
    while True:
        now_ns = time.perf_counter_ns()
        missing = rules.min_calls - (len(samples.ns) - before)
        has_time = now_ns - start_ns >= min_ns
        if has_time and missing <= 0:
            return
        if len(samples.ns) > before and now_ns - start_ns >= max_ns:
            return
        end_ns = start_ns + (max_ns if has_time else min(min_ns, max_ns))
        samples.run(missing if has_time else sys.maxsize, min(now_ns + STINT_NS, end_ns))
        after_stint()


def freeze() -> None:
    """What is alive now is no longer looked at by the garbage collector, which stays on as in any program."""
    if hasattr(gc, "freeze"):
        gc.freeze()


def clock_cost_us() -> float:
    """Of reading the clock once; a latency holds one such cost."""
    clock = time.perf_counter_ns
    readings = 5000
    best_ns = sys.maxsize
    for _ in range(4):
        start_ns = last_ns = clock()
        for _ in range(readings):
            last_ns = clock()
        best_ns = min(best_ns, last_ns - start_ns)
    return best_ns / readings / 1e3


def cost_of_nothing_us(call: Callable[[], Any]) -> float:
    """Median latency in µs of a model that does nothing, through the path that every point takes."""
    samples = Samples(call, lambda _: None)
    samples.run(WARM_CALLS_OF_NOTHING, sys.maxsize)
    before = len(samples.ns)
    samples.run(CALLS_OF_NOTHING, sys.maxsize)
    return median(list(samples.ns[before:])) / 1e3


def median(values: List[float]) -> float:
    """Of at least one value."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
