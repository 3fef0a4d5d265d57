"""
One step from request to artifact. The request is the only argument, a JSON object with `action`:

- `export`: `target`, `shapes` (with the batch), `dtype`, `output`, `scratch` (an empty folder beside it), `opset`?, `dynamicBatch`, `exporter`
- `convert`: `input`, `output`, `scratch`, `to` ("fp16", "int8"), `keepIo`, `blockedOperators`, `calibration` (input name → `.npy`)
- `outputs`: `target`, `feeds` (`.npy` files in the order of the call), `folder`
"""
from __future__ import annotations

import json
import platform
import sys
import traceback
from typing import Any, Dict, List

from batchscope_common.channel import Channel, StopListener
from batchscope_common.failure import HelperFailed, shortened, summary_of


def main(argv: List[str]) -> int:
    """Tells everything on the channel. Returns 0 when it could say how it went, whatever that was."""
    channel = Channel()
    StopListener(channel)
    try:
        channel.tell("done", **step_of(argv, channel))
    except HelperFailed as failure:
        channel.tell("failed", code=failure.code, message=failure.message, detail=failure.detail)
    except KeyboardInterrupt:
        channel.tell("failed", code="stopped", message="Stopped", detail="")
    except Exception as error:  # a mistake of ours: told as one, with where it is
        detail = shortened("".join(traceback.format_exception(type(error), error, error.__traceback__)))
        channel.tell("failed", code="internal", message=summary_of(error), detail=detail)
    return 0


def step_of(argv: List[str], channel: Channel) -> Dict[str, Any]:
    """Imports only what the action needs: torch takes seconds. :raises HelperFailed:"""
    try:
        (text,) = argv
        request = json.loads(text)
        action = request["action"]
    except (ValueError, KeyError, TypeError) as error:
        raise HelperFailed("request", f"The request cannot be read: {error!r}") from error
    channel.tell("hello", python=platform.python_version(), executable=sys.executable)
    if action == "export":
        from batchscope_steps.export import export

        return export(request, channel)
    if action == "convert":
        from batchscope_steps.convert import convert

        return convert(request, channel)
    if action == "outputs":
        from batchscope_steps.outputs import outputs

        return outputs(request, channel)
    raise HelperFailed("request", f'There is no action "{action}"')
