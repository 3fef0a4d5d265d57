"""ONNX Runtime from Python with IO binding, for `npm run bench`: input and outputs bound to memory once.

Arguments: model, input name, shape as 1,3,224,224. Says {"ready": …} with figures to compare results by; then each line
on stdin, a duration in ms, is answered with {"count", "medianUs", "cpuShare"} of that long of calls, at least one; cpuShare is CPU time ÷ wall time.
"""
import json
import sys
import time

import numpy as np
import onnxruntime as ort

model, input_name, shape = sys.argv[1], sys.argv[2], [int(size) for size in sys.argv[3].split(",")]
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

# The same values as node-side.ts: a saw-tooth in 0..1.
values = ((np.arange(np.prod(shape), dtype=np.int64) * 7919 % 1000) / np.float32(1000)).astype(np.float32).reshape(shape)
first = session.run(None, {input_name: values})
binding = session.io_binding()
binding.bind_input(input_name, "cpu", 0, values.dtype, values.shape, values.ctypes.data)
for output, value in zip(session.get_outputs(), first):
    binding.bind_output(output.name, "cpu", 0, value.dtype, value.shape, value.ctypes.data)

clock = time.perf_counter
run = session.run_with_iobinding
warm_until = clock() + 0.5
for _ in range(3):
    run(binding)
    if clock() >= warm_until:
        break


def say(message):
    print(json.dumps(message), flush=True)


checks = [[int(value.nbytes), float(np.abs(value.astype(np.float64)).mean())] for value in first]
say({"ready": ort.__version__, "outputs": checks})
for line in sys.stdin:
    latencies = []
    wall, cpu = clock(), time.process_time()
    end = wall + float(line) / 1000
    while True:
        start = clock()
        run(binding)
        stop = clock()
        latencies.append(stop - start)
        if stop >= end:
            break
    share = (time.process_time() - cpu) / (clock() - wall)
    say({"count": len(latencies), "medianUs": float(np.median(latencies)) * 1e6, "cpuShare": share})
