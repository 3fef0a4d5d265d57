import { defineFormat } from './define.ts'
import { looksLikeOrt } from './trace-json/dialect.ts'
import { jsonTraceReader } from './trace-json/read-trace.ts'

/**
 * What ONNX Runtime writes with profiling on: a list of events of its session and of every node it ran, times in
 * microseconds since the session began. Source: onnxruntime profiler.cc, 1.8 to 1.30.
 */
export const ortProfile = defineFormat({
  id: 'ort-profile',
  title: 'ONNX Runtime profile (JSON)',
  gives: 'trace',
  extensions: ['.json', '.json.gz'],
  sniff: looksLikeOrt,
  read: async () => jsonTraceReader('ort'),
})
