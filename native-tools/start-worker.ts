import { existsSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { EngineError, Failure } from '#domain/errors.ts'
import { shippedPath } from '../src-main/app-info.ts'
import { describeDeath } from './death.ts'
import { startChild } from './spawn.ts'
import { boundTo, coresRefused } from './taskset.ts'

/** Every message of a worker has a type; `done` and `failed` (with a `failure`) are the last. */
export interface WorkerOptions<Message extends { type: string }> {
  /** Checked at the edge: a message that does not fit ends the worker with INTERNAL. */
  schema: z.ZodType<Message>
  onMessage?: (message: Message) => void
  onLine?: (stream: 'stdout' | 'stderr', text: string) => void
  signal?: AbortSignal
  timeoutMs?: number
  /** Cores of the whole process, as "0,2-3". */
  affinity?: string
  /** Of its Node, as `--max-semi-space-size=16`. */
  nodeFlags?: readonly string[]
}

export interface Worker<Message extends { type: string }> {
  readonly pid: number | undefined
  /**
   * The worker's `done` message, when its process has ended.
   * Rejects with EngineError: the worker's own `failed`, CHILD_DIED, TIMEOUT, CANCELLED.
   */
  readonly done: Promise<Extract<Message, { type: 'done' }>>
  kill(): void
}

/**
 * Runs `src-main/workers/<name>.ts` in a fresh Node process, sends it `input` and follows its messages.
 * @throws EngineError RUNTIME_UNAVAILABLE when `affinity` cannot be had here, CANCELLED when `signal` has aborted
 */
export function startWorker<Message extends { type: string }>(
  name: string,
  input: unknown,
  options: WorkerOptions<Message>,
): Worker<Message> {
  const { schema, onMessage, onLine, signal, timeoutMs, affinity, nodeFlags = [] } = options
  let last: Message | undefined
  let misunderstood: EngineError | undefined
  const child = startChild({
    argv: [...boundPrefix(affinity), nodeBinary(), ...nodeFlags, workerFile(name)],
    env: compileCache(),
    ...(onLine ? { onLine } : {}),
    ...(signal ? { signal } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ipc: {
      onMessage(raw) {
        const parsed = schema.safeParse(raw)
        if (!parsed.success) {
          misunderstood ??= new EngineError('INTERNAL', `Worker ${name} sent a message that does not fit`, {
            detail: parsed.error.message,
          })
          child.kill()
          return
        }
        if (isLast(parsed.data)) last = parsed.data
        onMessage?.(parsed.data)
      },
    },
  })
  child.send(input)
  return { pid: child.pid, kill: () => child.kill(), done: finish() }

  async function finish(): Promise<Extract<Message, { type: 'done' }>> {
    const end = await child.done
    if (misunderstood) throw misunderstood
    if (last !== undefined && isDone(last)) return last
    if (end.timedOut) {
      throw new EngineError('TIMEOUT', `The worker did not finish within ${timeoutMs} ms`, {
        hint: 'Allow more time, or measure a smaller batch.',
        ...(end.lastStderr.length > 0 ? { detail: end.lastStderr.join('\n') } : {}),
      })
    }
    if (end.killed) throw new EngineError('CANCELLED', 'Cancelled')
    const failure = last === undefined ? undefined : failureOf(last)
    if (failure) throw asError(failure)
    if (affinity && end.lastStderr[0]?.startsWith('taskset: ')) throw coresRefused(affinity, end.lastStderr)
    throw describeDeath(name, end)
  }
}

/** A worker starts in half the time from the modules its parent's process, or the worker before it, has compiled. */
export function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

function isLast(message: { type: string }): boolean {
  return message.type === 'done' || message.type === 'failed'
}

function isDone<Message extends { type: string }>(message: Message): message is Extract<Message, { type: 'done' }> {
  return message.type === 'done'
}

function failureOf(message: { type: string }): Failure | undefined {
  return message.type === 'failed' && 'failure' in message ? Failure.parse(message.failure) : undefined
}

export function asError({ code, message, ...data }: Failure): EngineError {
  return new EngineError(code, message, data)
}

function boundPrefix(affinity: string | undefined): string[] {
  return affinity ? boundTo(affinity) : []
}

/**
 * The Node 24 that runs workers: our own when we are plain Node; in Electron the one shipped in its resources,
 * or, from a checkout, that of the npm package `node`. Electron itself never runs as Node (its fuse is off).
 */
export function nodeBinary(): string {
  if (process.versions.electron === undefined) return process.execPath
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  const candidates = [
    ...('resourcesPath' in process && typeof process.resourcesPath === 'string'
      ? [join(process.resourcesPath, 'node', program)]
      : []),
    shippedPath('node_modules', 'node', 'bin', program),
  ]
  const found = candidates.find(path => existsSync(path))
  if (found !== undefined) return found
  throw new EngineError('RUNTIME_UNAVAILABLE', 'The Node binary that runs workers is missing from this installation', {
    where: candidates[0] ?? program,
    hint: 'Install Batchscope again.',
  })
}

/** `.ts` from a checkout, the built `.js` beside the built engine in the packaged app (outside its archive). */
export function workerFile(name: string): string {
  const here = new URL(`../src-main/workers/${name}${extname(import.meta.url)}`, import.meta.url)
  return fileURLToPath(here).replace(/app\.asar(?!\.unpacked)/, 'app.asar.unpacked')
}
