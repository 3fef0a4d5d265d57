import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { EngineError } from '#domain/errors.ts'
import { scrubbedEnvironment } from './environment.ts'
import { findProgram, findProgramIfAny } from './find-program.ts'
import { LineSplitter } from './line-splitter.ts'
import { MARKER, processesOf } from './process-tree.ts'

/** Between SIGTERM and SIGKILL: a tool may write its report, and a cancel still takes well under a second. */
const TERM_GRACE_MS = 300
const POLL_MS = 15
/** How often the last output of an ended child is looked for, POLL_MS apart, should someone else hold its pipes open. */
const PIPE_GRACE_TURNS = 20
const LAST_STDERR_LINES = 40

export interface ChildOptions {
  /** Program and arguments, never a shell line. A bare program name is looked up on PATH. */
  argv: readonly string[]
  cwd?: string
  /** Added to the scrubbed environment (`environment.ts`). */
  env?: Readonly<Record<string, string>>
  /** Lines as they come, safe to print (`line-splitter.ts`). */
  onLine?: (stream: 'stdout' | 'stderr', text: string) => void
  stdin?: string | Uint8Array
  /** Standard input stays open after `stdin` until `closeStdin()`: a child that reads it learns from its end that it should stop. */
  holdStdin?: boolean
  /** The whole tree is ended after this time. */
  timeoutMs?: number
  /** The whole tree is ended when it aborts. */
  signal?: AbortSignal
  /** Opens an IPC channel (structured clone) for a Node child. */
  ipc?: { onMessage(message: unknown): void }
}

/** How a child ended: `exitCode` or `signal`, and whether it was our doing. */
export interface ChildEnd {
  exitCode?: number
  signal?: NodeJS.Signals
  lastStderr: string[]
  timedOut: boolean
  /** We ended it: cancelled, timed out or `kill()`. */
  killed: boolean
}

export interface Child {
  /** Undefined when the system could not start it; `done` then rejects. */
  readonly pid: number | undefined
  /**
   * Resolves when the child and all its descendants have ended and its output was delivered.
   * Rejects with EngineError TOOL_FAILED when the system could not start it.
   */
  readonly done: Promise<ChildEnd>
  /** Over the IPC channel; ignored once the child has ended. */
  send(message: unknown): void
  /**
   * Asks the child itself, not what it started, to end in its own time: SIGINT, as Ctrl+C. Windows has no such
   * signal for a program without a console: there only a child that reads its standard input can be asked.
   */
  interrupt(): void
  closeStdin(): void
  /** Ends the whole tree: SIGTERM, then SIGKILL after 0.3 s. Safe to call at any time. */
  kill(): void
}

const living = new Map<number, { kill(): void }>()

/**
 * Starts another program in its own process group with a scrubbed environment. The only place that does.
 *
 * Its tree: on Linux every descendant is found, also one that changed its group (by parent, and by an environment
 * marker); on macOS and the BSDs the group; on Windows `taskkill /T`. Descendants left behind by a child that ended
 * by itself are ended too.
 *
 * When this process dies: on Linux the kernel ends the child (`setpriv --pdeathsig`, where util-linux has it),
 * an IPC child ends on disconnect anywhere, and a normal exit of ours kills what is left. On other systems a plain
 * child of a killed engine runs on until its output pipe breaks.
 * @throws EngineError TOOL_MISSING when there is no such program, CANCELLED when `signal` has aborted,
 * USAGE for an empty argv or NUL characters
 */
export function startChild(options: ChildOptions): Child {
  if (options.signal?.aborted) throw new EngineError('CANCELLED', 'Cancelled before it started')
  const [name, ...args] = options.argv
  if (name === undefined) throw new EngineError('USAGE', 'There is no program to start')
  if (options.argv.some(word => word.includes('\0'))) {
    throw new EngineError('USAGE', 'An argument holds a NUL character', { where: options.argv.join(' ') })
  }
  const program = findProgram({ names: [name] })
  const argv = [...endsWithUs(options.ipc !== undefined), program, ...args]
  const marker = `${process.pid}-${randomUUID()}`
  const process_ = spawn(argv[0] ?? program, argv.slice(1), {
    cwd: options.cwd,
    env: scrubbedEnvironment({ ...options.env, [MARKER]: marker }),
    detached: process.platform !== 'win32',
    windowsHide: true,
    serialization: 'advanced',
    stdio: [
      options.stdin === undefined && options.holdStdin !== true ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(options.ipc ? (['ipc'] as const) : []),
    ],
  })
  return new RunningChild(process_, marker, options)
}

class RunningChild implements Child {
  readonly pid: number | undefined
  readonly done: Promise<ChildEnd>
  readonly #process: ChildProcess
  readonly #marker: string
  #ending: Promise<void> | undefined
  #timedOut = false

  constructor(process_: ChildProcess, marker: string, options: ChildOptions) {
    this.#process = process_
    this.#marker = marker
    this.pid = process_.pid
    this.done = this.#follow(options)
    if (this.pid !== undefined) {
      living.set(this.pid, { kill: () => this.#signalTree('SIGKILL') })
      killLivingOnExit()
    }
  }

  send(message: unknown): void {
    // A failed send means the child is gone; `done` tells how.
    if (this.#process.connected) this.#process.send(message as object, () => {})
  }

  interrupt(): void {
    if (this.pid !== undefined && process.platform !== 'win32') signalProcess(this.pid, 'SIGINT')
  }

  closeStdin(): void {
    this.#process.stdin?.end()
  }

  kill(): void {
    this.#ending ??= this.#endTree()
  }

  async #follow({ onLine, stdin, holdStdin, timeoutMs, signal, ipc }: ChildOptions): Promise<ChildEnd> {
    const child = this.#process
    const lastStderr: string[] = []
    this.#readLines('stdout', text => onLine?.('stdout', text))
    this.#readLines('stderr', text => {
      if (lastStderr.push(text) > LAST_STDERR_LINES) lastStderr.shift()
      onLine?.('stderr', text)
    })
    child.stdin?.on('error', () => {}) // EPIPE: the child did not want all of its input; its exit code tells
    if (stdin !== undefined) child.stdin?.write(stdin)
    if (holdStdin !== true) child.stdin?.end()
    if (ipc) child.on('message', message => ipc.onMessage(message))
    const cancel = () => this.kill()
    signal?.addEventListener('abort', cancel, { once: true })
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#timeOut(), timeoutMs)
    let isClosed = false
    const closed = once(child, 'close').then(() => {
      isClosed = true
    })
    closed.catch(() => {}) // `error` is reported by exitOf
    try {
      const { exitCode, exitSignal } = await exitOf(child)
      const killed = this.#ending !== undefined
      clearTimeout(timer)
      await (this.#ending ?? this.#endLeftovers())
      // Turns, not one long timer: should our own event loop have been busy, the output still comes first.
      for (let turn = 0; turn < PIPE_GRACE_TURNS && !isClosed; turn++) await Promise.race([closed, sleep(POLL_MS)])
      return {
        ...(exitCode === null ? {} : { exitCode }),
        ...(exitSignal === null ? {} : { signal: exitSignal }),
        lastStderr,
        timedOut: this.#timedOut,
        killed,
      }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      if (this.pid !== undefined) living.delete(this.pid)
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
  }

  #readLines(name: 'stdout' | 'stderr', onLine: (text: string) => void): void {
    const splitter = new LineSplitter(onLine)
    this.#process[name]?.on('data', (chunk: Buffer) => splitter.push(chunk))
    this.#process[name]?.on('end', () => splitter.end())
  }

  #timeOut(): void {
    this.#timedOut = true
    this.kill()
  }

  async #endTree(): Promise<void> {
    this.#signalTree('SIGTERM')
    const graceEndsMs = performance.now() + TERM_GRACE_MS
    while (performance.now() < graceEndsMs) {
      await sleep(POLL_MS)
      if (this.#isGone()) return
    }
    await this.#killUntilGone()
  }

  /** A child that ended by itself must not leave others behind. */
  async #endLeftovers(): Promise<void> {
    if (!this.#isGone()) await this.#killUntilGone()
  }

  async #killUntilGone(): Promise<void> {
    // Repeated, because a process may have forked between our look and our kill.
    for (let round = 0; round < 20; round++) {
      this.#signalTree('SIGKILL')
      await sleep(POLL_MS)
      if (this.#isGone()) return
    }
  }

  #isGone(): boolean {
    if (this.pid === undefined) return true
    const members = processesOf(this.pid, this.#marker)
    return members === undefined ? !signalGroup(this.pid, 0) : members.length === 0
  }

  #signalTree(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.pid === undefined) return
    const members = processesOf(this.pid, this.#marker)
    if (members !== undefined) for (const member of members) signalProcess(member, signal)
    else if (process.platform === 'win32') spawnSync('taskkill', ['/PID', String(this.pid), '/T', '/F'])
    else signalGroup(this.pid, signal)
  }
}

function exitOf(child: ChildProcess): Promise<{ exitCode: number | null; exitSignal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (exitCode, exitSignal) => resolve({ exitCode, exitSignal }))
    child.once('error', cause => {
      if (child.pid !== undefined) return // a failed send or kill; the exit still comes
      reject(
        new EngineError(
          'TOOL_FAILED',
          `The system could not start ${child.spawnfile}: ${cause.message}`,
          { where: child.spawnfile },
          { cause },
        ),
      )
    })
  })
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(process.platform === 'win32' ? pid : -pid, signal)
}

/** @returns false when there is no such process any more */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false // ended meanwhile, or now another user's: nothing to end
  }
}

function sleep(durationMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, durationMs))
}

let exitHandled = false
function killLivingOnExit(): void {
  if (exitHandled) return
  exitHandled = true
  process.once('exit', () => {
    for (const child of living.values()) child.kill()
  })
}

let setpriv: string | undefined | null
/** Words before the program that let the kernel end it when this process dies; empty where that is not to be had. */
function endsWithUs(isWorker: boolean): string[] {
  if (setpriv === undefined) {
    const path = process.platform === 'linux' ? findProgramIfAny({ names: ['setpriv'] }) : undefined
    const works = path !== undefined && spawnSync(path, ['--pdeathsig', 'KILL', '--', path, '--version']).status === 0
    setpriv = works ? path : null
  }
  // A worker holds nothing worth saving; a tool such as nsys must get the chance to end what it started.
  return setpriv === null ? [] : [setpriv, '--pdeathsig', isWorker ? 'KILL' : 'TERM', '--']
}
