import { mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { captureOutput } from './capture-output.ts'
import { describeDeath } from './death.ts'
import { type PythonStepDone, type StepMessage, stepFailure, stepMessage } from './python-step-messages.ts'
import { startChild } from './spawn.ts'

const HELPER = fileURLToPath(new URL('python/batchscope_steps', import.meta.url))
const PROBE_TIMEOUT_MS = 10_000 // a cold disk
/** After its last word the process may still wait for threads of the tool. */
const EXIT_GRACE_MS = 5000

/** Tools of export and conversion that a Python has, by version, asked without importing them. */
export const StepTools = z.object({
  python: z.string(),
  executable: z.string(),
  packages: z.record(z.string(), z.string()),
})
export type StepTools = z.infer<typeof StepTools>

/** @param python path of an interpreter   @throws EngineError TOOL_FAILED when it is none, or older than 3.8 */
export async function stepTools(python: string, signal?: AbortSignal): Promise<StepTools> {
  const { stdout, stderr, exitCode } = await captureOutput({
    argv: [python, `${HELPER}/probe.py`],
    timeoutMs: PROBE_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  const line = stdout.trim().split('\n').at(-1) ?? ''
  const tools = line.startsWith('{') ? StepTools.safeParse(JSON.parse(line)).data : undefined
  if (tools !== undefined) return tools
  throw new EngineError('TOOL_FAILED', `This Python does not tell what it has (exit code ${exitCode ?? 'none'})`, {
    where: python,
    hint: 'A Python 3.8 or newer is needed: choose another with --python or in Settings.',
    ...(stderr === '' ? {} : { detail: stderr }),
  })
}

export interface PythonStepTalk {
  phase(phase: string): void
  /** What tool and model print. */
  onLine(text: string): void
}

/**
 * As `runPythonStep`, for a step that makes a file: whatever happens, the file is there whole or not at all.
 * @throws EngineError as that one; FILE_UNWRITABLE
 */
export async function makeWithPython(
  python: string,
  request: Readonly<Record<string, unknown>> & { output: string },
  talk: PythonStepTalk,
  signal: AbortSignal,
): Promise<PythonStepDone> {
  const scratch = await scratchBeside(request.output)
  try {
    return await runPythonStep(python, { ...request, scratch }, talk, signal)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** On the same file system, so that what is done moves there at once. */
async function scratchBeside(output: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(output), '.batchscope-'))
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    const hint = 'Check the folder and the space on its disk, or give another.'
    throw new EngineError('FILE_UNWRITABLE', 'Nothing can be written there', { where: output, hint, detail }, { cause })
  }
}

/**
 * Runs one step of the helper with the user's interpreter (requests: `python/batchscope_steps/steps.py`).
 * @throws EngineError what the helper told, CHILD_DIED when it could not, CANCELLED by `signal`
 */
export async function runPythonStep(
  python: string,
  request: Readonly<Record<string, unknown>>,
  talk: PythonStepTalk,
  signal: AbortSignal,
): Promise<PythonStepDone> {
  let last: Extract<StepMessage, { type: 'done' | 'failed' }> | undefined
  let timer: NodeJS.Timeout | undefined
  const child = startChild({
    argv: [python, HELPER, JSON.stringify(request)],
    holdStdin: true,
    signal,
    onLine(stream, text) {
      const message = stream === 'stdout' ? stepMessage(text) : undefined
      if (message === undefined) talk.onLine(text)
      else if (message.type === 'phase') talk.phase(message.tool ?? message.phase)
      else if (message.type !== 'hello') {
        last = message
        timer = setTimeout(() => child.kill(), EXIT_GRACE_MS)
      }
    },
  })
  try {
    const end = await child.done
    signal.throwIfAborted()
    if (last?.type === 'done') return last
    if (last?.type === 'failed') throw stepFailure(last)
    throw describeDeath('The step in Python', end)
  } finally {
    clearTimeout(timer)
  }
}
