import { z } from 'zod'

/** Options of ONNX Runtime on the CPU that change figures. What is left alone is ONNX Runtime's own default. */
export const OrtCpuOptions = z.object({
  intraOpThreads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe('Threads inside one operator. 0: ONNX Runtime chooses, one per physical core'),
  interOpThreads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe('Threads across operators, used by the parallel execution mode. 0: ONNX Runtime chooses'),
  graphOptimization: z
    .enum(['disabled', 'basic', 'extended', 'layout', 'all'])
    .default('all')
    .describe('How far the graph is rewritten before it runs'),
  executionMode: z
    .enum(['sequential', 'parallel'])
    .default('sequential')
    .describe('Operators one after another, or independent branches at once'),
  memoryPattern: z.boolean().default(true).describe('Plan memory once for inputs of the same shape'),
  memoryArena: z.boolean().default(true).describe('Keep freed memory for later calls'),
  affinity: z
    .string()
    .regex(/^(\d+(-\d+(:\d+)?)?(,\d+(-\d+(:\d+)?)?)*)?$/, 'a list of CPU cores such as 0,2-3')
    .default('')
    .describe('CPU cores the process may use, as 0,2-3 (Linux). Empty: all'),
})
export type OrtCpuOptions = z.infer<typeof OrtCpuOptions>
