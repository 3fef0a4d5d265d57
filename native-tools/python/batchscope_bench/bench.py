"""One point from request to figures."""
from __future__ import annotations

import base64
import os
import platform
import sys
import threading
import traceback
from array import array
from typing import Any, Callable, Dict, List

from batchscope_common.channel import Channel
from batchscope_common.failure import HelperFailed, is_out_of_memory, shortened, summary_of, users_traceback

from .loop import Samples, clock_cost_us, median, run_loop
from .ort_session import prepare_ort
from .prepared import Prepared
from .request import Request, parse_request
from .torch_model import prepare_torch
from .usage import memory, start_cpu_use

#: 8 KiB of samples are a line of 11 kB.
SAMPLES_A_LINE = 1024
CANCELLED = 130

PREPARE: Dict[str, Callable[[Request, Channel], Prepared]] = {"torch": prepare_torch, "onnxruntime": prepare_ort}


def main(argv: List[str]) -> int:
    """Tells everything on the channel. Returns 0 when it could say how it went, whatever that was."""
    channel = Channel()
    try:
        request = parse_request(argv)
        if not request.alone:
            threading.Thread(target=end_with, args=(channel,), name="batchscope-cancel", daemon=True).start()
        bench(request, channel)
    except HelperFailed as failure:
        channel.tell("failed", code=failure.code, message=failure.message, detail=failure.detail)
    except (Exception, KeyboardInterrupt) as error:  # a mistake of ours: told as one, with where it is
        detail = shortened("".join(traceback.format_exception(type(error), error, error.__traceback__)))
        channel.tell("failed", code="internal", message=summary_of(error), detail=detail)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # what the user's code left running, or hangs in at exit, is not waited for


def end_with(channel: Channel) -> None:
    """A cancel, or an engine that is gone, closes the control channel: nothing here is worth saving."""
    channel.read_control()
    os._exit(CANCELLED)


def bench(request: Request, channel: Channel) -> None:
    """:raises HelperFailed: when there are no figures"""
    prepare = PREPARE.get(request.library)
    if prepare is None:
        raise HelperFailed("request", f'There is no library "{request.library}"')
    prepared = prepare(request, channel)
    channel.tell("phase", phase="warming up")
    samples = Samples(prepared.call, prepared.on_call)
    used: List[Callable[[], Dict[str, Any]]] = []

    def counting(calls: int) -> None:
        if calls < request.rules.warmup:
            text = f"Warm-up stopped after {calls} of {request.rules.warmup} calls: the time limit was reached."
            channel.tell("log", text=text)
        channel.tell("phase", phase="measuring")
        used.append(start_cpu_use())

    try:
        warmup = run_loop(samples, request.rules, counting, lambda n, ms: channel.tell("live", iterations=n, meanMs=ms))
    except HelperFailed:
        raise
    except BaseException as error:  # the model may raise anything, SystemExit too
        raise call_failed(error, len(samples.ns) + 1, prepared.failure_code) from error
    figures = used[0]()
    figures.update({{"peak": "peakBytes", "swapped": "swappedBytes"}[name]: value for name, value in memory().items() if name != "resident"})
    send_samples(channel, "wall", array("d", (ns / 1e6 for ns in samples.ns)))
    for name, values in prepared.series().items():
        send_samples(channel, name, values)
    first_ms = samples.ns[0] / 1e6
    steady_ms = median(list(samples.ns[warmup:])) / 1e6
    figures.update(prepared.figures(first_ms, steady_ms))
    channel.tell(
        "done",
        count=len(samples.ns),
        fixedWarmup=warmup,
        firstCallMs=first_ms,
        clockUs=clock_cost_us(),
        facts={"python": platform.python_version(), "executable": sys.executable, **prepared.facts()},
        **figures,
    )


def call_failed(error: BaseException, call: int, code: str) -> HelperFailed:
    """What the model raised, in the word for it."""
    word = "out-of-memory" if is_out_of_memory(error) else code
    return HelperFailed(word, f"Call {call} failed: {summary_of(error)}", users_traceback(error))


def send_samples(channel: Channel, series: str, values: "array[float]") -> None:
    """Little-endian doubles as base64, in lines the engine does not cut."""
    if sys.byteorder == "big":
        values = array("d", values)
        values.byteswap()
    for at in range(0, len(values), SAMPLES_A_LINE):
        data = base64.b64encode(values[at : at + SAMPLES_A_LINE].tobytes()).decode("ascii")
        channel.tell("samples", series=series, data=data)
