import { z } from 'zod'

/** Script of the fake runtime. Its latencies are told, not measured: tests know what must come out. */
export const FakeOptions = z.object({
  latenciesMs: z
    .array(z.number().min(0))
    .min(1)
    .default([1])
    .describe('Latencies to report for batch 1, repeated in a cycle; a batch of n reports n times as much'),
  paceMs: z.number().min(0).default(0).describe('Real time each call takes; 0 answers at once'),
  ending: z
    .enum(['done', 'signal', 'abort', 'exit', 'hang', 'spin', 'fail', 'silent', 'garbage'])
    .default('done')
    .describe(
      'How it ends: well, by a signal, abort(), an exit code, never (idle or busy), a typed failure, without a word, with a message that fits nothing',
    ),
  afterIterations: z.int().min(0).default(3).describe('Calls before it ends badly'),
  onlyBatch: z.int().min(0).default(0).describe('End badly only at this batch; 0: at every batch'),
  signal: z
    .enum(['SIGSEGV', 'SIGKILL', 'SIGBUS', 'SIGILL', 'SIGTERM'])
    .default('SIGSEGV')
    .describe('For ending "signal"'),
  exitCode: z.int().min(0).max(255).default(3).describe('For ending "exit"'),
  stderr: z.array(z.string()).default([]).describe('Lines it writes to stderr first'),
  ignoreTerm: z.boolean().default(false).describe('Ignore SIGTERM'),
  grandchild: z
    .enum(['none', 'same-group', 'own-session'])
    .default('none')
    .describe('Start a process of its own that ignores SIGTERM and does nothing for ten minutes'),
  affinity: z.string().default('').describe('CPU cores as "0,2-3"; empty: all'),
})
export type FakeOptions = z.infer<typeof FakeOptions>
