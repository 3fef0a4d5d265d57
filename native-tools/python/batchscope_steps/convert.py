"""An ONNX model in fewer bits, by the ecosystem's tools: the first of each list that is installed."""
from __future__ import annotations

import importlib.metadata
import os
import warnings
from typing import Any, Callable, Dict, List, Tuple

from batchscope_common.channel import Channel
from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of, users_traceback

from .files import size_of, written_whole

Request = Dict[str, Any]


def convert(request: Request, channel: Channel) -> Dict[str, Any]:
    """:raises HelperFailed: `tool-absent` when none of the tools is installed, `convert-failed`"""
    channel.tell("phase", phase="import")
    tool, version, work = chosen_tool(request["to"])
    channel.tell("phase", phase="convert", tool=tool)
    notices: List[str] = []
    with warnings.catch_warnings(record=True) as caught, written_whole(request["output"], request["scratch"]) as path:
        warnings.simplefilter("always")
        try:
            work(request, path, notices)
        except HelperFailed:
            raise
        except Exception as error:
            code = "out-of-memory" if is_out_of_memory(error) else "convert-failed"
            raise HelperFailed(code, f"{tool} {version} failed: {summary_of(error)}", users_traceback(error)) from error
        notices += said_of(caught)
    return {"tool": tool, "version": version, "output": request["output"], "notices": notices, **size_of(request["output"])}


def chosen_tool(to: str) -> Tuple[str, str, Callable[[Request, str, List[str]], None]]:
    """Name, version, and what does it. :raises HelperFailed: `tool-absent`, `tool-broken`"""
    wanted = {
        "fp16": [
            ("onnxconverter-common", ["onnxconverter-common"], "onnxconverter_common", fp16_by_converter),
            ("onnxruntime.transformers.float16", RUNTIMES, "onnxruntime.transformers.float16", fp16_by_runtime),
            ("modelopt.onnx.autocast", ["nvidia-modelopt"], "modelopt.onnx.autocast", fp16_by_modelopt),
        ],
        "int8": [
            ("onnxruntime.quantization", RUNTIMES, "onnxruntime.quantization", int8_by_runtime),
            ("modelopt.onnx.quantization", ["nvidia-modelopt"], "modelopt.onnx.quantization", int8_by_modelopt),
        ],
    }[to]
    broken = ""
    for name, distributions, module, work in wanted:
        version = version_of(distributions)
        if version is None:
            continue
        try:
            __import__(module)
        except Exception as error:  # a missing dependency of its own: the next one may do
            broken = broken or f"{name} {version} cannot be imported: {summary_of(error)}"
            continue
        return name, version, work
    names = ", ".join(name for name, *_ in wanted)
    if broken:
        raise HelperFailed("tool-broken", broken)
    raise HelperFailed("tool-absent", f"Nothing here converts to {to.upper()}: looked for {names}")


RUNTIMES = ["onnxruntime", "onnxruntime-gpu", "onnxruntime-training", "onnxruntime-directml", "onnxruntime-openvino"]


def version_of(distributions: List[str]) -> Any:
    """Of the first that is installed."""
    for name in distributions:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def fp16_by_converter(request: Request, path: str, notices: List[str]) -> None:
    """onnxconverter-common is where the code is kept up to date."""
    from onnxconverter_common import float16

    fp16_by(float16, request, path)


def fp16_by_runtime(request: Request, path: str, notices: List[str]) -> None:
    """Its copy in ONNX Runtime."""
    from onnxruntime.transformers import float16

    fp16_by(float16, request, path)


def fp16_by(float16: Any, request: Request, path: str) -> None:
    """What both homes of the code do."""
    import onnx

    blocked = list(float16.DEFAULT_OP_BLOCK_LIST) + request.get("blockedOperators", [])
    model = onnx.load(request["input"])
    converted = float16.convert_float_to_float16(model, keep_io_types=bool(request.get("keepIo", True)), op_block_list=blocked)
    save(onnx, converted, path)


def fp16_by_modelopt(request: Request, path: str, notices: List[str]) -> None:
    """As of nvidia-modelopt 0.47."""
    import onnx
    from modelopt.onnx.autocast import convert_to_mixed_precision

    converted = convert_to_mixed_precision(
        onnx_path=request["input"],
        low_precision_type="fp16",
        keep_io_types=bool(request.get("keepIo", True)),
        op_types_to_exclude=request.get("blockedOperators", []),
    )
    save(onnx, converted, path)


def int8_by_runtime(request: Request, path: str, notices: List[str]) -> None:
    """With calibration data QDQ nodes around operators, which TensorRT reads too; without, weights alone (dynamic)."""
    import onnx
    from onnxruntime.quantization import quant_pre_process, quantize_dynamic, quantize_static

    from .calibration import FileReader

    prepared = path + ".prepared.onnx"
    source = prepared
    try:
        quant_pre_process(request["input"], prepared, skip_symbolic_shape=True)
    except Exception as error:  # a help, not a need
        notices.append(f"Not simplified before: {summary_of(error)}")
        source = request["input"]
    model = onnx.load(source)
    del model.graph.value_info[:]  # shapes of weights that the quantiser transposes would contradict it
    blocked = request.get("blockedOperators", [])
    kept = [node.name for node in model.graph.node if node.op_type in blocked]
    calibration = request.get("calibration") or {}
    if calibration:
        quantize_static(model, path, FileReader(calibration), nodes_to_exclude=kept)
        notices.append(f"Static: activations are scaled by the range they had over the calibration data ({', '.join(calibration)}).")
    else:
        quantize_dynamic(model, path, nodes_to_exclude=kept)
        notices.append("Dynamic: weights are 8-bit, activations are scaled at each call. TensorRT takes only static ones: give calibration data.")
    remove(prepared)


def int8_by_modelopt(request: Request, path: str, notices: List[str]) -> None:
    """As of nvidia-modelopt 0.47."""
    import numpy
    from modelopt.onnx.quantization import quantize

    calibration = {name: numpy.load(file) for name, file in (request.get("calibration") or {}).items()}
    if not calibration:
        notices.append("Calibrated on random values: give real ones for ranges that mean something.")
    quantize(
        onnx_path=request["input"],
        quantize_mode="int8",
        calibration_data=calibration or None,
        op_types_to_exclude=request.get("blockedOperators", []) or None,
        high_precision_dtype="fp32",  # what is not INT8 stays as it was
        output_path=path,
    )


def save(onnx: Any, model: Any, path: str) -> None:
    """In one file; beyond protobuf's 2 GiB with its weights beside it."""
    if model.ByteSize() < 2_000_000_000:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, location=path.replace("\\", "/").rsplit("/", 1)[-1] + ".data")


def remove(path: str) -> None:
    """If it is there."""
    if os.path.exists(path):
        os.remove(path)


def said_of(caught: List[Any]) -> List[str]:
    """Warnings of the tool in a few words: truncated numbers are many and one matter."""
    texts = [str(warning.message) for warning in caught]
    cut = [text for text in texts if "will be truncated" in text]
    others = [text for text in dict.fromkeys(texts) if "will be truncated" not in text]
    said = [f"{len(cut)} times a weight does not fit half precision and is cut to its nearest bound, as: {cut[0]}"] if cut else []
    return said + [text.strip().splitlines()[0][:300] for text in others[:5] if text.strip()]
