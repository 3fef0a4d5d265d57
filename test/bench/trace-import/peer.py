"""Reads a Kineto trace the way other tools do, and prints what it cost as one JSON line. usage: peer.py json|hta FILE"""
import json
import resource
import sys
import time

way, path = sys.argv[1:3]
start = time.perf_counter()
if way == "json":
    with open(path, encoding="utf-8") as file:
        print(len(json.load(file)["traceEvents"]), file=sys.stderr)
else:
    from hta.trace_analysis import TraceAnalysis

    analysis = TraceAnalysis(trace_files={0: path}, trace_dir="")
    print(analysis.get_temporal_breakdown(visualize=False), file=sys.stderr)
usage = resource.getrusage(resource.RUSAGE_SELF)
workers = resource.getrusage(resource.RUSAGE_CHILDREN)
print(
    json.dumps(
        {
            "wallMs": (time.perf_counter() - start) * 1000,
            "cpuMs": (usage.ru_utime + usage.ru_stime + workers.ru_utime + workers.ru_stime) * 1000,
            "peakMiB": max(usage.ru_maxrss, workers.ru_maxrss) / 1024,
        }
    )
)
