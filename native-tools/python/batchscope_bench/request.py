"""What the engine asks for: one JSON object as the only argument."""
from __future__ import annotations

import json
from typing import Any, Dict, List, NamedTuple, Optional

from batchscope_common.failure import HelperFailed


class Tensor(NamedTuple):
    """
    An input that is already on disk: raw little-endian values in C order, strings as a JSON list.

    :ivar path: empty where the bench runs alone: values are made up then
    :ivar dtype: as NumPy and torch both call it: float32, float16, bfloat16, int64, bool…; or `string`
    """

    name: str
    dtype: str
    shape: List[int]
    path: str


class Rules(NamedTuple):
    """When a point is over: both minima reached, in any case after `max_ms`; the warm-up has the same limit of time."""

    warmup: int
    min_calls: int
    min_ms: float
    max_ms: float


class Request(NamedTuple):
    """
    :ivar library: `torch` or `onnxruntime`
    :ivar precision: as asked: `model`, `fp32`, `tf32`, `fp16`, `bf16`
    :ivar model_path: the ONNX or TorchScript file; absent where `options` name what is called
    :ivar alone: nobody holds the control channel: a profiler runs this, or the user
    :ivar options: of the library, already checked by the engine: see `torch_model.py` and `ort_session.py`
    """

    library: str
    model_path: Optional[str]
    precision: str
    inputs: List[Tensor]
    rules: Rules
    options: Dict[str, Any]
    alone: bool


def parse_request(argv: List[str]) -> Request:
    """:raises HelperFailed: `request` when it is not one of ours"""
    try:
        (text,) = argv
        raw = json.loads(text)
        rules = raw["rules"]
        return Request(
            library=raw["library"],
            model_path=raw.get("modelPath"),
            precision=raw.get("precision", "model"),
            inputs=[Tensor(item["name"], item["dtype"], item["shape"], item["path"]) for item in raw["inputs"]],
            rules=Rules(rules["warmup"], rules["minCalls"], rules["minMs"], rules["maxMs"]),
            options=raw.get("options", {}),
            alone=bool(raw.get("alone", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HelperFailed("request", f"The request cannot be read: {error!r}") from error
