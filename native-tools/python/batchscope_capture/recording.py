"""torch.profiler around the steps, and what it leaves."""
from __future__ import annotations

import gzip
import json
import os
import shutil
import threading
import time
from typing import Any, Dict, List, Optional

from batchscope_common.channel import Channel, StopListener
from batchscope_common.device import is_available
from batchscope_common.failure import HelperFailed, summary_of

from .request import Request
from .single_profiler import refuse_others

#: Traces are compressed while the user waits: three quarters of the best ratio in a third of its time.
GZIP_LEVEL = 4

#: Steps may take microseconds: told at most so often.
MIN_TELL_S = 0.1


class Recording:
    """
    One trace. Without a schedule every step is recorded, and a script that marks none is one step (`ProfilerStep#0`).
    """

    def __init__(self, torch: Any, request: Request, device: Any, channel: Channel, stop: StopListener) -> None:
        self._torch = torch
        self._request = request
        self._channel = channel
        self._stop = stop
        self._thread = threading.get_ident()
        self._owner = os.getpid()
        self._started = False
        self._told_at = float("-inf")
        self.steps = 0
        self.written: Optional[Dict[str, Any]] = None
        profiler = torch.profiler
        schedule = request.schedule
        options: Dict[str, Any] = dict(
            activities=activities(torch, device),
            schedule=(lambda _: profiler.ProfilerAction.RECORD)
            if schedule is None
            else profiler.schedule(wait=schedule.wait, warmup=schedule.warmup, active=schedule.active, repeat=1),
            on_trace_ready=self._write,
            record_shapes=request.record_shapes,
            profile_memory=request.profile_memory,
            with_stack=request.with_stack,
        )
        if request.with_modules:
            options["with_modules"] = True
        try:
            self._profiler = profiler.profile(**options)
        except TypeError as error:
            raise HelperFailed("torch-old", f"torch {torch.__version__}'s profiler refuses an option: {error}") from error

    @property
    def is_complete(self) -> bool:
        """Every step that was asked for is recorded and written."""
        return self._request.schedule is not None and self.steps >= self._request.schedule.total

    def start(self) -> None:
        """:raises HelperFailed: `profiler-in-use`"""
        try:
            self._profiler.start()
        except RuntimeError as error:
            raise HelperFailed("profiler-in-use", f"The profiler cannot start: {summary_of(error)}") from error
        self._started = True
        refuse_others(self._torch, self._profiler)

    def step(self) -> None:
        """Ends a step. Of other threads and forked processes nothing is heard: the profiler follows one thread."""
        if os.getpid() != self._owner or threading.get_ident() != self._thread or not self._started:
            return
        if self.written is not None:
            return
        self.steps += 1
        self._profiler.step()
        total = {} if self._request.schedule is None else {"steps": self._request.schedule.total}
        now = time.monotonic()
        if now - self._told_at >= MIN_TELL_S or self.is_complete:
            self._told_at = now
            self._channel.tell("phase", phase="step", step=self.steps, **total)

    def finish(self) -> None:
        """Writes what there is. :raises HelperFailed: `profiler-in-use`, `cannot-write`"""
        if not self._started:
            return
        self._started = False
        self._stop.hold()
        try:
            self._profiler.stop()
        except HelperFailed:
            raise
        except RuntimeError as error:
            raise HelperFailed("profiler-in-use", f"The profiler cannot stop: {summary_of(error)}") from error

    def _write(self, profiler: Any) -> None:
        self._stop.hold()
        self._channel.tell("phase", phase="export")
        request = self._request
        plain = request.output + ".part.json"
        packed = request.output + ".part"
        try:
            profiler.export_chrome_trace(plain)
            with open(plain, "rb") as source, gzip.open(packed, "wb", compresslevel=GZIP_LEVEL) as target:
                shutil.copyfileobj(source, target, 1 << 20)
            os.replace(packed, request.output)
            if request.totals is not None:
                with open(request.totals, "w", encoding="utf-8") as file:
                    json.dump(totals_of(self._torch, profiler), file, indent=1)
        except OSError as error:
            raise HelperFailed("cannot-write", f"The trace cannot be written: {error}") from error
        finally:
            for path in (plain, packed):
                if os.path.exists(path):
                    os.remove(path)
        self.written = {"output": request.output, "bytes": os.path.getsize(request.output)}


def activities(torch: Any, device: Any) -> List[Any]:
    """The CPU, and the device that is used or there."""
    kinds = torch.profiler.ProfilerActivity
    chosen = [kinds.CPU]
    if is_available(torch, "cuda"):
        chosen.append(kinds.CUDA)
    if is_available(torch, "xpu") and hasattr(kinds, "XPU"):
        chosen.append(kinds.XPU)
    return chosen


def totals_of(torch: Any, profiler: Any) -> Dict[str, Any]:
    """torch's own table, times in µs: what an import of the trace can be checked against."""
    averages = profiler.key_averages()
    rows: List[Dict[str, Any]] = []
    for row in averages:
        device_type = str(row.device_type).split(".")[-1]
        fields = {
            "key": row.key,
            "count": row.count,
            "deviceType": device_type,
            "selfCpuUs": row.self_cpu_time_total,
            "totalCpuUs": row.cpu_time_total,
            "selfDeviceUs": first_of(row, "self_device_time_total", "self_cuda_time_total"),
            "totalDeviceUs": first_of(row, "device_time_total", "cuda_time_total"),
            "selfCpuBytes": row.self_cpu_memory_usage,
            "isUserAnnotation": bool(getattr(row, "is_user_annotation", False)),
        }
        rows.append({name: value for name, value in fields.items() if value is not None})
    return {"torch": torch.__version__, "selfCpuTotalUs": averages.self_cpu_time_total, "rows": rows}


def first_of(row: Any, *names: str) -> Any:
    """The first attribute that is there: names changed with torch 2.3."""
    return next((getattr(row, name) for name in names if hasattr(row, name)), None)
