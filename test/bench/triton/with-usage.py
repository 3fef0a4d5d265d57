"""Runs a command and prints one line of JSON on stderr's end: its exit code and CPU seconds, children included."""

import json
import resource
import subprocess
import sys

code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "cpuS": used.ru_utime + used.ru_stime, "peakKib": used.ru_maxrss}), file=sys.stderr)
