"""What the engine asks for: one JSON object as the only argument."""
from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional

from batchscope_common.failure import HelperFailed


class Schedule(NamedTuple):
    """Steps that are let pass, steps the profiler warms up in, steps that are recorded."""

    wait: int
    warmup: int
    active: int

    @property
    def total(self) -> int:
        return self.wait + self.warmup + self.active


class Request(NamedTuple):
    """
    :ivar target: `{"kind": "script", "path", "args"}`, `{"kind": "entry", "entry", "folder"?}`,
        `{"kind": "torchscript", "path"}` or `{"kind": "torchvision", "model"}`
    :ivar shapes: of the inputs, batch included
    :ivar schedule: absent only for a script: all of it is recorded
    :ivar output: the trace, a gzipped Chrome trace; written whole or not at all
    :ivar totals: where torch's own `key_averages()` goes, if anywhere
    """

    target: Dict[str, Any]
    shapes: List[List[int]]
    dtype: str
    device: str
    schedule: Optional[Schedule]
    record_shapes: bool
    with_stack: bool
    profile_memory: bool
    with_modules: bool
    output: str
    totals: Optional[str]


def parse_request(argv: List[str]) -> Request:
    """:raises HelperFailed: `request` when it is not one of ours"""
    try:
        (text,) = argv
        raw = json.loads(text)
        schedule = raw.get("schedule")
        return Request(
            target=raw["target"],
            shapes=raw.get("shapes", []),
            dtype=raw.get("dtype", "float32"),
            device=raw.get("device", "auto"),
            schedule=None if schedule is None else Schedule(schedule["wait"], schedule["warmup"], schedule["active"]),
            record_shapes=bool(raw.get("recordShapes", True)),
            with_stack=bool(raw.get("withStack", False)),
            profile_memory=bool(raw.get("profileMemory", False)),
            with_modules=bool(raw.get("withModules", False)),
            output=raw["output"],
            totals=raw.get("totals"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HelperFailed("request", f"The request cannot be read: {error!r}") from error
