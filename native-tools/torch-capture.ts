import { fileURLToPath } from 'node:url'
import type { TorchCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { describeDeath } from './death.ts'
import { startChild } from './spawn.ts'
import { type TorchDone, type TorchHello, type TorchMessage, torchFailure, torchMessage } from './torch-messages.ts'

const HELPER = fileURLToPath(new URL('python/batchscope_capture', import.meta.url))
/** A program that was asked to stop begins to write its trace within this time, or is ended. */
const STOP_GRACE_MS = 15_000
/** After its last word the process may still wait for threads of the program. */
const EXIT_GRACE_MS = 5000

export { type PythonFacts as TorchFacts, pythonFacts as torchFacts } from './python-facts.ts'

export interface TorchCapture {
  python: string
  spec: TorchCaptureSpec
  /** Paths of the trace and, where asked for, of torch's own totals. */
  output: string
  totals?: string
}

/** Arguments of the whole child. */
export function torchCaptureArgv({ python, spec, output, totals }: TorchCapture): string[] {
  const { target, shapes, dtype, device, schedule, recordShapes, withStack, profileMemory, withModules } = spec
  const request = {
    target,
    shapes,
    dtype,
    device,
    schedule,
    recordShapes,
    withStack,
    profileMemory,
    withModules,
    output,
    totals,
  }
  return [python, HELPER, JSON.stringify(request)]
}

export interface TorchTalk {
  onMessage(message: TorchMessage): void
  /** What the program prints, both streams on one. */
  onLine(text: string): void
}

export interface TorchEnd {
  hello?: TorchHello
  done: TorchDone
}

/**
 * Runs the helper with the user's interpreter until it has said how it went.
 * @param env added to the scrubbed environment   @param stop ends the program in order, what is recorded is kept
 * @throws EngineError what the helper told, CHILD_DIED when it could not, CANCELLED by `signal`
 */
export async function runTorchCapture(
  capture: TorchCapture,
  env: Readonly<Record<string, string>>,
  talk: TorchTalk,
  { signal, stop }: { signal: AbortSignal; stop: AbortSignal },
): Promise<TorchEnd> {
  let hello: TorchHello | undefined
  let last: Extract<TorchMessage, { type: 'done' | 'failed' }> | undefined
  let isWriting = false
  let timer: NodeJS.Timeout | undefined
  let lostPatience = false
  const { workingFolder } = capture.spec
  const child = startChild({
    argv: torchCaptureArgv(capture),
    env,
    holdStdin: true,
    signal,
    ...(workingFolder === undefined ? {} : { cwd: workingFolder }),
    onLine(stream, text) {
      const message = stream === 'stdout' ? torchMessage(text) : undefined
      if (message === undefined) {
        talk.onLine(text)
        return
      }
      if (message.type === 'hello') hello = message
      if (message.type === 'phase' && message.phase === 'export') {
        isWriting = true
        clearTimeout(timer)
      }
      if (message.type === 'done' || message.type === 'failed') {
        last = message
        clearTimeout(timer)
        timer = setTimeout(() => child.kill(), EXIT_GRACE_MS)
      }
      talk.onMessage(message)
    },
  })
  const askToStop = () => {
    child.closeStdin()
    if (isWriting || last !== undefined) return
    timer = setTimeout(() => {
      lostPatience = true
      child.kill()
    }, STOP_GRACE_MS)
  }
  if (stop.aborted) askToStop()
  stop.addEventListener('abort', askToStop, { once: true })
  try {
    const end = await child.done
    signal.throwIfAborted()
    if (last?.type === 'done') return { done: last, ...(hello === undefined ? {} : { hello }) }
    if (last?.type === 'failed') throw torchFailure(last)
    if (lostPatience) throw doesNotStop()
    throw describeDeath('The program', end)
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', askToStop)
  }
}

function doesNotStop(): EngineError {
  return new EngineError(
    'TIMEOUT',
    `The program did not stop within ${STOP_GRACE_MS / 1000} s, and was ended without a trace`,
    {
      hint: 'It may catch KeyboardInterrupt, or be deep in native code. Mark steps and give a schedule instead.',
    },
  )
}
