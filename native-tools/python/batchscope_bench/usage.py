"""What this process uses; every figure is absent where the system does not tell it."""
from __future__ import annotations

import os
import re
import sys
import time
from typing import Any, Callable, Dict, Optional

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def memory() -> Dict[str, int]:
    """`resident`, `peak`, `swapped` in bytes: of /proc, because getrusage's maximum includes what the parent had."""
    try:
        with open("/proc/self/status", encoding="latin-1") as file:
            status = file.read()
    except OSError:
        return {} if resource is None else {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT}
    found = re.findall(r"^(VmRSS|VmHWM|VmSwap):\s+(\d+) kB$", status, re.MULTILINE)
    names = {"VmRSS": "resident", "VmHWM": "peak", "VmSwap": "swapped"}
    return {names[field]: int(kib) * 1024 for field, kib in found}


_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


def start_cpu_use() -> Callable[[], Dict[str, Any]]:
    """Starts to count; the function it gives says what was used since."""
    start_s, cpu_s, switches, busy_s = time.perf_counter(), time.process_time(), _switches(), _busy_s()

    def used() -> Dict[str, Any]:
        wall_s = max(time.perf_counter() - start_s, 1e-9)
        own = (time.process_time() - cpu_s) / wall_s
        facts: Dict[str, Any] = {"cpuUtilization": own}
        now, busy = _switches(), _busy_s()
        if now is not None and switches is not None:
            facts["involuntarySwitches"] = now - switches
        if busy is not None and busy_s is not None:
            facts["otherCores"] = max(0.0, (busy - busy_s) / wall_s - own)
        return facts

    return used


def _switches() -> Optional[int]:
    return None if resource is None else int(resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw)


def _busy_s() -> Optional[float]:
    """Seconds that all cores together were busy since the machine started: user, nice, system, irq, softirq, steal."""
    try:
        with open("/proc/stat", encoding="latin-1") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
