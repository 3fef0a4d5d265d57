"""A torch module as an ONNX file."""
from __future__ import annotations

import inspect
from typing import Any, Dict, List, Tuple

from batchscope_common.channel import Channel
from batchscope_common.device import dtype_of, import_torch, make_inputs
from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of, users_traceback

from .files import size_of, written_whole
from .modules import module_of

#: A protobuf file holds less than 2 GiB: beyond, weights go into a file beside it.
MOST_WEIGHT_BYTES = 1_800_000_000


def export(request: Dict[str, Any], channel: Channel) -> Dict[str, Any]:
    """:raises HelperFailed:"""
    channel.tell("phase", phase="import")
    torch = import_torch()
    channel.tell("phase", phase="load")
    module = module_of(torch, request["target"])
    inputs = tuple(make_inputs(torch, request["shapes"], dtype_of(torch, request["dtype"]), torch.device("cpu")))
    names = names_of(module, len(inputs))
    exporter = chosen_exporter(torch, request.get("exporter", "auto"), module)
    channel.tell("phase", phase="export")
    with written_whole(request["output"], request["scratch"]) as path:
        try:
            with torch.no_grad():
                run_exporter(torch, exporter, module, inputs, names, path, request)
        except HelperFailed:
            raise
        except Exception as error:
            code = "out-of-memory" if is_out_of_memory(error) else "export-failed"
            raise HelperFailed(code, f"torch.onnx.export ({exporter}) failed: {summary_of(error)}", users_traceback(error)) from error
    return {"tool": f"torch.onnx.export, {exporter}", "version": str(torch.__version__), "output": request["output"], **size_of(request["output"])}


def chosen_exporter(torch: Any, wanted: str, module: Any) -> str:
    """What torch itself takes for this version: its own graph capture from 2.9 on, where onnxscript is there; a TorchScript file has only the older."""
    if isinstance(module, torch.jit.ScriptModule):
        return "torchscript"
    if wanted != "auto":
        return wanted
    major, minor = (int(part) for part in str(torch.__version__).split(".")[:2])
    if (major, minor) < (2, 9):
        return "torchscript"
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        return "torchscript"
    return "dynamo"


def run_exporter(torch: Any, exporter: str, module: Any, inputs: Tuple[Any, ...], names: List[str], path: str, request: Dict[str, Any]) -> None:
    """:raises Exception: what torch raises"""
    wanted = {"input_names": names}
    if request.get("opset") is not None:
        wanted["opset_version"] = request["opset"]
    has_choice = "dynamo" in inspect.signature(torch.onnx.export).parameters
    dynamic = bool(request.get("dynamicBatch", True))
    if exporter == "dynamo":
        if not has_choice:
            raise HelperFailed("export-failed", f"torch {torch.__version__} has no exporter by graph capture: 2.5 is the first")
        if dynamic:
            wanted["dynamic_shapes"] = tuple({0: torch.export.Dim("batch")} for _ in inputs)
        large = sum(p.numel() * p.element_size() for p in module.parameters()) > MOST_WEIGHT_BYTES
        torch.onnx.export(module, inputs, path, dynamo=True, external_data=large, verbose=False, **wanted)
        return
    if dynamic:
        outputs = output_names(module, inputs)
        wanted["output_names"] = outputs
        wanted["dynamic_axes"] = {name: {0: "batch"} for name in names + outputs}
    torch.onnx.export(module, inputs, path, **({"dynamo": False} if has_choice else {}), **wanted)


def names_of(module: Any, count: int) -> List[str]:
    """Of the inputs: the parameters of `forward` where they can be read, else numbered."""
    try:
        parameters = [p.name for p in inspect.signature(module.forward).parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        parameters = []
    if len(parameters) < count:
        parameters = [f"input_{at}" for at in range(count)]
    return parameters[:count]


def output_names(module: Any, inputs: Tuple[Any, ...]) -> List[str]:
    """One for each tensor of the result: the older exporter marks the batch by name."""
    result = module(*inputs)
    if isinstance(result, (tuple, list)):
        return [f"output_{at}" for at in range(len(result))]
    if isinstance(result, dict):
        return [str(name) for name in result]
    return ["output"]
