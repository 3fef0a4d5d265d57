import { defineFormat } from './define.ts'
import { looksLikeKineto } from './trace-json/dialect.ts'
import { jsonTraceReader } from './trace-json/read-trace.ts'

/**
 * What torch.profiler writes (Kineto): Chrome's trace format with categories and arguments of its own. CUDA, ROCm, XPU
 * and CPU-only; stamps in whole or fractional microseconds, since the epoch or a base.
 * Source: kineto output_json.cpp, 2020 to 2026-08; torch 1.8 to 2.15.
 */
export const kineto = defineFormat({
  id: 'kineto',
  title: 'PyTorch profiler trace (JSON)',
  gives: 'trace',
  extensions: ['.json', '.json.gz'],
  sniff: looksLikeKineto,
  read: async () => jsonTraceReader('kineto'),
})
