"""One call of a torch module with given inputs; what it gives goes to files."""
from __future__ import annotations

import os
from typing import Any, Dict, List, Tuple

from batchscope_common.channel import Channel
from batchscope_common.device import import_torch
from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of, users_traceback

from .files import read_npy, write_npy
from .modules import module_of


def outputs(request: Dict[str, Any], channel: Channel) -> Dict[str, Any]:
    """:raises HelperFailed:"""
    channel.tell("phase", phase="import")
    torch = import_torch()
    channel.tell("phase", phase="load")
    module = module_of(torch, request["target"])
    inputs = [read_npy(torch, path) for path in request["feeds"]]
    channel.tell("phase", phase="run")
    try:
        with torch.no_grad():
            result = module(*inputs)
    except Exception as error:
        code = "out-of-memory" if is_out_of_memory(error) else "target-failed"
        raise HelperFailed(code, f"The module failed with these inputs: {summary_of(error)}", users_traceback(error)) from error
    written = []
    for at, (name, tensor) in enumerate(named_tensors(torch, result)):
        written.append({"name": name, **write_npy(torch, tensor, os.path.join(request["folder"], f"{at}.npy"))})
    return {"tool": "torch", "version": str(torch.__version__), "outputs": written}


def named_tensors(torch: Any, result: Any) -> List[Tuple[str, Any]]:
    """A tensor, or tensors in a tuple, list or dict. :raises HelperFailed: `output-type`"""
    if isinstance(result, torch.Tensor):
        return [("output", result)]
    if isinstance(result, (tuple, list)):
        pairs = [(f"output_{at}", value) for at, value in enumerate(result)]
    elif isinstance(result, dict):
        pairs = [(str(name), value) for name, value in result.items()]
    else:
        raise HelperFailed("output-type", f"The module gives a {type(result).__name__}, not tensors")
    for name, value in pairs:
        if not isinstance(value, torch.Tensor):
            raise HelperFailed("output-type", f"Its output {name} is a {type(value).__name__}, not a tensor")
    return pairs
