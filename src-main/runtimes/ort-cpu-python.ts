import { z } from 'zod'
import { defineRuntime } from './define.ts'
import { graphPrecision } from './onnx/graph-precision.ts'
import { ortPythonOptions } from './python/options.ts'
import { judgeProvider, ortPythonPoint } from './python/ort.ts'
import { pythonReady } from './python/ready.ts'

const PROVIDER = 'CPUExecutionProvider'

/** ONNX Runtime's CPU provider in the user's Python: beside `ort-cpu` it shows what the binding and the version do. */
export const ortCpuPython = defineRuntime({
  id: 'ort-cpu-python',
  title: 'ONNX Runtime · CPU (Python)',
  device: 'cpu',
  models: ['onnx'],
  precisions: ['model', 'fp32', 'fp16'],
  usual: [],
  options: z.object(ortPythonOptions),
  includes: ['compute', 'output-allocation'],
  ready: (question = {}) =>
    pythonReady(question, facts => judgeProvider(facts, PROVIDER, { install: 'Install it: pip install onnxruntime' })),
  precision: (asked, model) => graphPrecision(asked, model),
  child: (task, options) => ortPythonPoint(task, options, { provider: PROVIDER }),
})
