from . import profiler  # noqa: F401
from .profiler import ProfilerAction, ProfilerActivity, profile, schedule  # noqa: F401
