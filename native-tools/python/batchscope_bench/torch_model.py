"""
torch: a TorchScript file, `module:callable` or a model of torchvision, eager or through torch.compile.

Options: `entry`, `folder`, `torchvision`, `device`, `compile`, `compileBackend`, `compileMode`, `channelsLast`,
`intraOpThreads`, `interOpThreads`.
"""
from __future__ import annotations

from array import array
from typing import Any, Callable, Dict, List

from batchscope_common.channel import Channel
from batchscope_common.device import choose_device, device_facts, import_torch, synchronize
from batchscope_common.failure import HelperFailed, is_out_of_memory, summary_of, users_traceback
from batchscope_common.targets import find_entry, load_torchscript, load_torchvision

from .loop import cost_of_nothing_us
from .prepared import Facts, Prepared, Stopwatch
from .request import Request
from .torch_inputs import output_bytes, torch_inputs
from .torch_precision import autocast_dtype, set_precision
from .usage import memory


def prepare_torch(request: Request, channel: Channel) -> Prepared:
    """:raises HelperFailed:"""
    channel.tell("phase", phase="importing torch")
    with Stopwatch() as importing:
        torch = import_torch()
    options = request.options
    set_threads(torch, options)
    device = choose_device(torch, options.get("device", "auto"))
    return TorchPoint(torch, request, device, importing.ms, channel)


class TorchPoint(Prepared):
    """One model on one device."""

    def __init__(self, torch: Any, request: Request, device: Any, library_load_ms: float, channel: Channel) -> None:
        options = request.options
        self._torch, self._device, self._options = torch, device, options
        self._gpu_ms = array("d")
        self._output_bytes = 0
        self._figures: Dict[str, Any] = {"libraryLoadMs": library_load_ms}
        self._asked = request.precision
        inputs_are_channels_last = bool(options.get("channelsLast", False))
        self.call = self._timed(lambda: None)
        inputs = torch_inputs(torch, request.inputs, device, inputs_are_channels_last)
        if inputs:
            self._figures["callUs"] = cost_of_nothing_us(self._timed(lambda: inputs[0]))
        if "resident" in memory():
            self._figures["baselineBytes"] = memory()["resident"]
        channel.tell("phase", phase="loading the model")
        with Stopwatch() as loading:
            model = self._placed(load_model(torch, request, device))
            synchronize(torch, device)
        self._figures["sessionCreateMs"] = loading.ms
        self._precision = set_precision(torch, request.precision, device, model)
        called = self._compiled(model)
        self.call = self._timed(lambda: called(*inputs))
        self.failure_code = "compile-failed" if options.get("compile") else "call-failed"
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)

    def _placed(self, model: Any) -> Any:
        """A module in evaluation, on the device; a function as it is."""
        if not isinstance(model, self._torch.nn.Module):
            return model
        try:
            model = model.to(self._device).eval()
            return model.to(memory_format=self._torch.channels_last) if self._options.get("channelsLast") else model
        except Exception as error:
            code = "out-of-memory" if is_out_of_memory(error) else "target-failed"
            raise HelperFailed(code, f"The model cannot be moved to {self._device}: {summary_of(error)}") from error

    def _compiled(self, model: Any) -> Callable[..., Any]:
        if not self._options.get("compile"):
            return model
        torch = self._torch
        if not hasattr(torch, "compile"):
            raise HelperFailed("torch-old", f"torch {torch.__version__} has no torch.compile: 2.0 is the first")
        mode = self._options.get("compileMode", "default")
        arguments = {} if mode == "default" else {"mode": mode}
        try:
            return torch.compile(model, backend=self._options.get("compileBackend", "inductor"), **arguments)
        except Exception as error:
            raise HelperFailed("compile-failed", f"torch.compile refused: {summary_of(error)}", users_traceback(error)) from error

    def _timed(self, compute: Callable[[], Any]) -> Callable[[], Any]:
        """One synchronous call; autocast is entered in each, as a program that serves would."""
        torch, device = self._torch, self._device
        without_gradients = torch.inference_mode if hasattr(torch, "inference_mode") else torch.no_grad
        dtype = autocast_dtype(torch, self._asked)
        if dtype is None:

            def inferred() -> Any:
                with without_gradients():
                    return compute()

        else:

            def inferred() -> Any:
                with without_gradients(), torch.autocast(device.type, dtype=dtype):
                    return compute()

        if device.type == "cpu":
            return inferred
        if device.type != "cuda":

            def waited() -> Any:
                result = inferred()
                synchronize(torch, device)
                return result

            return waited
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        self._events = (begin, end)

        def on_gpu() -> Any:
            begin.record()
            result = inferred()
            end.record()
            torch.cuda.synchronize(device)
            return result

        return on_gpu

    def on_call(self, result: Any) -> None:
        if self._device.type == "cuda":
            begin, end = self._events
            self._gpu_ms.append(begin.elapsed_time(end))
        if self._output_bytes == 0:
            self._output_bytes = output_bytes(result)

    def series(self) -> "Dict[str, array[float]]":
        return {"gpu": self._gpu_ms} if len(self._gpu_ms) > 0 else {}

    def figures(self, first_ms: float, steady_ms: float) -> Dict[str, Any]:
        figures = {**self._figures, "outputBytes": self._output_bytes, "precision": self._precision, "device": str(self._device)}
        if self._options.get("compile"):
            figures["compileMs"] = max(0.0, first_ms - steady_ms)
        if self._device.type == "cuda":
            figures["peakDeviceBytes"] = int(self._torch.cuda.max_memory_reserved(self._device))
        return figures

    def facts(self) -> Facts:
        torch, options = self._torch, self._options
        facts: Facts = {"name": "PyTorch", "version": torch.__version__, **device_facts(torch, self._device)}
        facts["mode"] = "torch.compile" if options.get("compile") else "eager"
        if options.get("compile"):
            facts["compiler"] = f'{options.get("compileBackend", "inductor")}, mode {options.get("compileMode", "default")}'
            facts["compileMs"] = "what the first call took beyond the median of the counted ones"
        facts["arithmetic"] = f"autocast to {autocast_dtype(torch, self._asked)}, entered in every call" if self._asked in ("fp16", "bf16") else self._precision
        facts["memoryFormat"] = "channels-last" if options.get("channelsLast") else "contiguous"
        facts["gradients"] = "off (inference_mode)"
        if self._device.type == "cuda":
            facts["cudnn"] = str(torch.backends.cudnn.version())
            facts["gpuPhase"] = "between CUDA events recorded before and after the call; both are inside the wall time"
            facts["peakDeviceBytes"] = "reserved by torch's allocator; CUDA's own context is not in it"
        return facts


def set_threads(torch: Any, options: Dict[str, Any]) -> None:
    """0: torch chooses."""
    if options.get("intraOpThreads", 0) > 0:
        torch.set_num_threads(options["intraOpThreads"])
    if options.get("interOpThreads", 0) > 0:
        torch.set_num_interop_threads(options["interOpThreads"])


def load_model(torch: Any, request: Request, device: Any) -> Any:
    """What is called: a module, or a function. `module:factory()` calls the factory once. :raises HelperFailed:"""
    entry, vision = request.options.get("entry", ""), request.options.get("torchvision", "")
    if vision:
        return load_torchvision(vision)
    if not entry:
        if request.model_path is None:
            raise HelperFailed("request", "There is neither a file nor an entry")
        return load_torchscript(torch, request.model_path, device)
    is_factory = entry.endswith("()")
    found = find_entry(entry[:-2] if is_factory else entry, request.options.get("folder") or None)
    is_class = isinstance(found, type) and issubclass(found, torch.nn.Module)
    if not is_factory and not is_class:
        return found
    try:
        torch.manual_seed(0)
        made: Any = found()
    except Exception as error:
        raise HelperFailed("target-failed", f"{entry} failed: {summary_of(error)}", users_traceback(error)) from error
    if not callable(made):
        raise HelperFailed("entry-missing", f"{entry} gave a {type(made).__name__}, which cannot be called")
    return made
