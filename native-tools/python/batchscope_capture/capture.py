"""One capture from request to trace."""
from __future__ import annotations

import platform
import sys
import traceback
from typing import Any, Dict, List, Optional

from batchscope_common.channel import Channel, StopListener
from batchscope_common.device import choose_device, device_facts, import_torch, synchronize
from batchscope_common.failure import HelperFailed, is_out_of_memory, shortened, summary_of, users_traceback

from . import _listen
from .recording import Recording
from .request import Request, parse_request
from .single_profiler import ProfilerInUse
from .targets import script_runner, step_of


class Complete(SystemExit):
    """Ends a script whose steps are all recorded; as SystemExit it passes `except Exception` and runs `finally`."""


def main(argv: List[str]) -> int:
    """Tells everything on the channel. Returns 0 when it could say how it went, whatever that was."""
    channel = Channel()
    stop = StopListener(channel)
    try:
        capture(parse_request(argv), channel, stop)
    except HelperFailed as failure:
        channel.tell("failed", code=failure.code, message=failure.message, detail=failure.detail)
    except KeyboardInterrupt:
        channel.tell("failed", code="stopped", message="Stopped before anything was recorded", detail="")
    except Exception as error:  # a mistake of ours: told as one, with where it is
        detail = shortened("".join(traceback.format_exception(type(error), error, error.__traceback__)))
        channel.tell("failed", code="internal", message=summary_of(error), detail=detail)
    return 0


def capture(request: Request, channel: Channel, stop: StopListener) -> None:
    """:raises HelperFailed: when there is no trace"""
    channel.tell("phase", phase="import")
    torch = import_torch()
    require_profiler(torch)
    device = choose_device(torch, request.device)
    channel.tell("hello", python=platform.python_version(), executable=sys.executable, torch=torch.__version__, **device_facts(torch, device))
    channel.tell("phase", phase="target")
    if request.target["kind"] == "script":
        outcome = run_script(torch, request, device, channel, stop)
    else:
        outcome = run_steps(torch, request, device, channel, stop)
    channel.tell("done", **outcome)


def require_profiler(torch: Any) -> None:
    """:raises HelperFailed: `torch-old`"""
    try:
        import torch.profiler  # noqa: F401  it registers itself
    except ImportError as error:
        raise HelperFailed("torch-old", f"torch {torch.__version__} has no torch.profiler: 1.8.1 is the first") from error


def run_steps(torch: Any, request: Request, device: Any, channel: Channel, stop: StopListener) -> Dict[str, Any]:
    """
    Calls the target once a step, as the schedule says. A failure ends the capture; a stop keeps the steps recorded so far.
    The device is waited for only where recording begins and ends: waiting in every step would be seen in the trace.
    """
    if request.schedule is None:
        raise HelperFailed("request", "Only a script can do without a schedule")
    one_step = step_of(torch, request, device)
    recording = Recording(torch, request, device, channel, stop)
    recording.start()
    channel.tell("phase", phase="step", step=0, steps=request.schedule.total)
    error: Optional[BaseException] = None
    edges = (request.schedule.wait + request.schedule.warmup, request.schedule.total)
    try:
        for number in range(1, request.schedule.total + 1):
            one_step()
            if number in edges:
                synchronize(torch, device)
            recording.step()
    except KeyboardInterrupt:
        pass  # told as `stopped`
    except Exception as thrown:
        error = thrown
    recording.finish()
    if error is not None:
        raise HelperFailed(failure_kind(error), f"Step {recording.steps + 1} failed: {summary_of(error)}", users_traceback(error)) from error
    return outcome_of(recording, stop)


def run_script(torch: Any, request: Request, device: Any, channel: Channel, stop: StopListener) -> Dict[str, Any]:
    """Runs the user's script inside the profiler; how it ended is told beside the trace."""
    run = script_runner(request.target)
    recording = Recording(torch, request, device, channel, stop)
    ended: Dict[str, Any] = {"exitCode": 0}

    def on_step() -> None:
        recording.step()
        if recording.is_complete:
            raise Complete(0)

    _listen(on_step)
    recording.start()
    channel.tell("phase", phase="script")
    try:
        run()
    except Complete:
        ended = {"complete": True}
    except SystemExit as thrown:
        ended = {"exitCode": exit_code_of(thrown)}
    except KeyboardInterrupt:
        ended = {"exitCode": 130}
    except BaseException as thrown:  # a script may raise anything; all of it is the script's
        print(users_traceback(thrown), file=sys.stderr)
        kind = failure_kind(thrown)
        ended = {"exitCode": 1, "error": {"code": kind, "message": summary_of(thrown), "detail": users_traceback(thrown)}}
    finally:
        _listen(None)
    if device.type == "cuda" and "error" not in ended:
        synchronize(torch, device)
    recording.finish()
    return {**outcome_of(recording, stop), "script": ended}


def failure_kind(thrown: BaseException) -> str:
    """The word for what the program raised."""
    if isinstance(thrown, ProfilerInUse):
        return "profiler-in-use"
    return "out-of-memory" if is_out_of_memory(thrown) else "target-failed"


def outcome_of(recording: Recording, stop: StopListener) -> Dict[str, Any]:
    """What there is to import, if anything."""
    return {**(recording.written or {}), "steps": recording.steps, "stopped": stop.stopped}


def exit_code_of(thrown: SystemExit) -> int:
    """As the interpreter would exit: none is 0, a number itself, anything else is printed and 1."""
    if thrown.code is None:
        return 0
    if isinstance(thrown.code, int):
        return thrown.code & 0xFF
    print(thrown.code, file=sys.stderr)
    return 1
