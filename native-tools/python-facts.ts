import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { captureOutput } from './capture-output.ts'

const PROBE = fileURLToPath(new URL('python/batchscope_common/probe.py', import.meta.url))
const PROBE_TIMEOUT_MS = 10_000 // a cold disk; it takes 0.2 s once Python was read

/** What a Python could run models with, asked without importing torch or onnxruntime. */
export const PythonFacts = z.object({
  python: z.string(),
  executable: z.string(),
  torch: z.string().optional(),
  torchvision: z.string().optional(),
  /** What torch was built for: `cuda`, `hip`, `xpu` → version. */
  build: z.record(z.string(), z.string()),
  /** From the package's files; whether a provider's own libraries load only a session tells. */
  onnxruntime: z
    .object({
      version: z.string().optional(),
      /** As it is installed: onnxruntime, onnxruntime-gpu… */
      package: z.string(),
      /** CUDA it was built for. */
      cuda: z.string().optional(),
      providers: z.array(z.string()),
    })
    .optional(),
  /** As the driver counts; 0 where neither torch nor onnxruntime has CUDA. */
  cudaDevices: z.int(),
  rocmDevice: z.boolean(),
  /** Folder of its packages: changes when one is installed. */
  packages: z.string().optional(),
})
export type PythonFacts = z.infer<typeof PythonFacts>

interface Kept {
  facts: Promise<PythonFacts>
  /** Of interpreter and packages when it was asked. */
  stamp?: string
}
const kept = new Map<string, Kept>()

/**
 * Asked once for as long as neither the interpreter nor the folder of its packages changes.
 * @param python path of an interpreter   @throws EngineError TOOL_FAILED when it is none, or older than 3.8
 */
export async function pythonFacts(python: string, signal?: AbortSignal): Promise<PythonFacts> {
  const known = kept.get(python)
  if (known !== undefined && known.stamp === undefined) return known.facts
  if (known !== undefined && known.stamp === stampOf(python, await known.facts)) return known.facts
  const asked: Kept = { facts: askPython(python, signal) }
  kept.set(python, asked)
  try {
    const facts = await asked.facts
    asked.stamp = stampOf(python, facts)
    return facts
  } catch (thrown) {
    kept.delete(python) // a failure is not kept: it may have been the load of the machine
    throw thrown
  }
}

async function askPython(python: string, signal?: AbortSignal): Promise<PythonFacts> {
  const { stdout, stderr, exitCode } = await captureOutput({
    argv: [python, PROBE],
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  signal?.throwIfAborted()
  const line = stdout.trim().split('\n').at(-1) ?? ''
  const facts = factsIn(line)
  if (facts !== undefined) return facts
  throw new EngineError('TOOL_FAILED', `This Python does not tell what it has (exit code ${exitCode ?? 'none'})`, {
    where: python,
    hint: 'A Python 3.8 or newer is needed: choose another with --python or in Settings.',
    ...(stderr === '' ? {} : { detail: stderr }),
  })
}

function factsIn(line: string): PythonFacts | undefined {
  try {
    return PythonFacts.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // it printed something else: no Python, the caller says so
  }
}

function stampOf(python: string, { packages }: PythonFacts): string {
  return [python, packages].map(path => (path === undefined ? '' : String(modifiedMs(path)))).join(' ')
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}
