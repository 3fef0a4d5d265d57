"""
ONNX Runtime with any of its providers.

Options: `provider`, `providerOptions`, `sessionConfig` (texts by name), `deviceId`, `ioBinding`, `intraOpThreads`,
`interOpThreads`, `graphOptimization`, `executionMode`, `memoryPattern`, `memoryArena`, `isCompiler`.
"""
from __future__ import annotations

import base64
from typing import Any, Dict, List, Optional

from batchscope_common.channel import Channel
from batchscope_common.failure import HelperFailed, is_out_of_memory, shortened, summary_of

from .loop import cost_of_nothing_us
from .ort_inputs import DEVICES, Feeds, make_arrays
from .prepared import Facts, Prepared, Stopwatch
from .request import Request
from .usage import memory

CPU = "CPUExecutionProvider"

#: One Identity node, float32 [1] → [1]; the same model as in `call-overhead.ts`, a test compares them.
IDENTITY_MODEL_BASE64 = "CAgSCmJhdGNoc2NvcGU6QQoTCgF4EgF5GgF5IghJZGVudGl0eRIIaWRlbnRpdHlaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN"

LEVELS = {
    "disabled": "ORT_DISABLE_ALL",
    "basic": "ORT_ENABLE_BASIC",
    "extended": "ORT_ENABLE_EXTENDED",
    "layout": "ORT_ENABLE_LAYOUT",
    "all": "ORT_ENABLE_ALL",
}


def prepare_ort(request: Request, channel: Channel) -> Prepared:
    """:raises HelperFailed:"""
    channel.tell("phase", phase="importing ONNX Runtime")
    with Stopwatch() as importing:
        ort = import_ort()
    provider = request.options.get("provider", CPU)
    available = ort.get_available_providers()
    if provider not in available:
        raise HelperFailed("provider-absent", f"onnxruntime {ort.__version__} here has no {provider}; it has {', '.join(available)}")
    return OrtPoint(ort, request, provider, importing.ms, channel)


def import_ort() -> Any:
    """:raises HelperFailed: `ort-absent`, `ort-broken`"""
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise HelperFailed("ort-broken", f"onnxruntime cannot be imported: {summary_of(error)}") from error
        raise HelperFailed("ort-absent", "onnxruntime is not installed for this Python") from error
    except Exception as error:  # a missing native library
        raise HelperFailed("ort-broken", f"onnxruntime cannot be imported: {summary_of(error)}") from error
    return onnxruntime


class OrtPoint(Prepared):
    """One session on one provider."""

    def __init__(self, ort: Any, request: Request, provider: str, library_load_ms: float, channel: Channel) -> None:
        self._ort, self._provider, self._options = ort, provider, request.options
        self._figures: Dict[str, Any] = {"libraryLoadMs": library_load_ms}
        self._output_bytes = 0
        arrays = make_arrays(request.inputs)
        if not request.options.get("isCompiler"):
            self._figures["callUs"] = self._cost_of_nothing()
        if "resident" in memory():
            self._figures["baselineBytes"] = memory()["resident"]
        channel.tell("phase", phase="building the engine" if request.options.get("isCompiler") else "loading the model")
        with Stopwatch() as creating:
            session = self._session(request.model_path or "", request.options)
        self._figures["sessionCreateMs"] = creating.ms
        if request.options.get("isCompiler"):
            self._figures["compileMs"] = creating.ms
        ran = session.get_providers()
        if provider not in ran:
            raise HelperFailed("provider-failed", f"{provider} could not start here; ONNX Runtime took {', '.join(ran)} instead")
        self._nodes = nodes_by_provider(session)
        self._feeds = Feeds(ort, session, arrays, self._bound_device(), int(request.options.get("deviceId", 0)))
        self.call = self._feeds.call

    def _bound_device(self) -> Optional[str]:
        return DEVICES.get(self._provider) if self._options.get("ioBinding") else None

    def _session(self, model: Any, options: Dict[str, Any]) -> Any:
        ort = self._ort
        try:
            session_options = options_of(ort, options)
            chosen: List[Any] = [(self._provider, dict(options.get("providerOptions", {})))]
            if self._provider != CPU:
                chosen.append(CPU)
            return ort.InferenceSession(model, session_options, providers=chosen, enable_fallback=0)
        except HelperFailed:
            raise
        except Exception as error:  # pybind's own classes
            code = "out-of-memory" if is_out_of_memory(error) else "session-failed"
            raise HelperFailed(code, f"The session cannot be made: {summary_of(error)}", shortened(str(error))) from error

    def _cost_of_nothing(self) -> float:
        model = base64.b64decode(IDENTITY_MODEL_BASE64)
        session = self._session(model, {"intraOpThreads": 1, "interOpThreads": 1, "providerOptions": self._options.get("providerOptions", {})})
        arrays = {"x": nothing()}
        feeds = Feeds(self._ort, session, arrays, self._bound_device(), int(self._options.get("deviceId", 0)))
        return cost_of_nothing_us(feeds.call)

    def on_call(self, result: Any) -> None:
        if self._output_bytes == 0:
            self._output_bytes = self._feeds.output_bytes(result)

    def figures(self, first_ms: float, steady_ms: float) -> Dict[str, Any]:
        return {**self._figures, "outputBytes": self._output_bytes, "cpuFallback": self._has_fallback()}

    def _has_fallback(self) -> bool:
        return self._provider != CPU and self._nodes.get(CPU, 0) > 0

    def facts(self) -> Facts:
        options = self._options
        facts: Facts = {
            "name": "ONNX Runtime",
            "version": self._ort.__version__,
            "binding": "onnxruntime (Python)",
            "provider": self._provider,
            "nodes": ", ".join(f"{name} {count}" for name, count in self._nodes.items()) or "unknown",
            "transfers": "inputs and outputs stay on the device" if self._bound_device() else "inputs and outputs are in the memory of the host",
        }
        for name in ("providerOptions", "sessionConfig"):
            if options.get(name):
                facts[name] = [f"{key}={value}" for key, value in options[name].items()]
        if options.get("isCompiler"):
            facts["compileMs"] = "the whole creation of the session, which builds or loads the engine"
        return facts


def nothing() -> Any:
    """The input of the Identity model."""
    import numpy

    return numpy.ones(1, dtype=numpy.float32)


def options_of(ort: Any, options: Dict[str, Any]) -> Any:
    """:raises HelperFailed: `ort-old` where this version lacks an optimisation level"""
    made = ort.SessionOptions()
    if options.get("intraOpThreads", 0) > 0:
        made.intra_op_num_threads = options["intraOpThreads"]
    if options.get("interOpThreads", 0) > 0:
        made.inter_op_num_threads = options["interOpThreads"]
    level = LEVELS[options.get("graphOptimization", "all")]
    if not hasattr(ort.GraphOptimizationLevel, level):
        raise HelperFailed("ort-old", f"onnxruntime {ort.__version__} has no {level}")
    made.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level)
    if options.get("executionMode") == "parallel":
        made.execution_mode = ort.ExecutionMode.ORT_PARALLEL
    made.enable_mem_pattern = bool(options.get("memoryPattern", True))
    made.enable_cpu_mem_arena = bool(options.get("memoryArena", True))
    made.add_session_config_entry("session.record_ep_graph_assignment_info", "1")  # versions that do not know it pass over it
    for name, value in options.get("sessionConfig", {}).items():
        made.add_session_config_entry(name, value)
    return made


def nodes_by_provider(session: Any) -> Dict[str, int]:
    """Nodes that each provider took; empty where this version does not tell (before 1.24)."""
    if not hasattr(session, "get_provider_graph_assignment_info"):
        return {}
    counts: Dict[str, int] = {}
    for part in session.get_provider_graph_assignment_info():
        counts[part.ep_name] = counts.get(part.ep_name, 0) + len(part.get_nodes())
    return counts
