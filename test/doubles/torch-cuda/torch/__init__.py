"""
Stands in for a torch with two CUDA devices, which tests rarely have. Imitates what the capture asks of torch: devices,
inputs, the profiler's life. Computes nothing; what it was asked to do is written into the "trace" it exports.
"""
from types import SimpleNamespace

from . import autograd, profiler  # noqa: F401

__version__ = "2.7.1+cu126"
version = SimpleNamespace(cuda="12.6", hip=None)
backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: False))
asked = []


class dtype:
    def __init__(self, name, is_floating_point):
        self.name, self.is_floating_point, self.is_complex = name, is_floating_point, False


float32, float16, int64 = dtype("float32", True), dtype("float16", True), dtype("int64", False)


class device:
    def __init__(self, text):
        self.type, _, index = str(text).partition(":")
        if self.type not in ("cpu", "cuda", "xpu", "mps"):
            raise RuntimeError("Expected one of cpu, cuda, …")
        self.index = int(index) if index else None

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"


class OutOfMemoryError(RuntimeError):
    pass


class Tensor:
    def __init__(self, shape, on):
        self.shape, self.device = shape, on

    def to(self, wanted):
        asked.append(f"input {self.shape} {wanted.name} on {self.device}")
        return self


def _made(shape, device):
    if shape[0] >= 1_000_000:
        raise OutOfMemoryError("CUDA out of memory. Tried to allocate 4 TiB")
    return Tensor(shape, device)


def randn(shape, device):
    return _made(shape, device)


def randint(low, high, shape, device):
    return _made(shape, device)


def manual_seed(seed):
    asked.append(f"seed {seed}")


def get_num_threads():
    return 8


class inference_mode:
    def __enter__(self):
        asked.append("inference")

    def __exit__(self, *_):
        pass


class Module:
    def to(self, wanted):
        asked.append(f"model to {getattr(wanted, 'name', wanted)}")
        return self

    def eval(self):
        asked.append("eval")

    def __call__(self, *inputs):
        return self.forward(*inputs)


nn = SimpleNamespace(Module=Module)
cuda = SimpleNamespace(
    is_available=lambda: True,
    device_count=lambda: 2,
    get_device_name=lambda on: f"Double GPU {on.index or 0}",
    synchronize=lambda on: asked.append(f"synchronize {on}"),
)
