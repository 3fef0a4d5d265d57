import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { TorchCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError, type Failure, toFailure } from '#domain/errors.ts'
import type { Readiness, RuntimeInfo } from '#domain/machine.ts'
import { findProgram, findProgramIfAny } from '../../../native-tools/find-program.ts'
import { askNsysAbilities } from '../../../native-tools/nsys.ts'
import type { NsysAbilities } from '../../../native-tools/nsys-args.ts'
import { type TorchFacts, torchFacts } from '../../../native-tools/torch-capture.ts'

/** What is asked of this machine while a form is filled is asked once in this time. */
const KEPT_MS = 60_000

/** What this machine has for a capture; the engine hands the lookups in. */
export interface CaptureTools {
  /** Cached; asked again where the tool was not ready. */
  tool(id: string): Promise<Readiness>
  runtimeInfos(ids: readonly string[]): Promise<RuntimeInfo[]>
}

export interface NsysWorld {
  nsys: Readiness
  abilities?: NsysAbilities
  isProgramThere: boolean
}

export interface TorchWorld {
  /** Path of the interpreter. */
  python?: string
  facts?: TorchFacts
  /** Why there is no interpreter, or why it does not answer. */
  failure?: Failure
  isTargetThere: boolean
}

/** Looks at the machine for plans, which are pure. */
export class CaptureWorld {
  readonly #tools: CaptureTools
  readonly #answers = new Map<string, { atMs: number; answer: Promise<unknown> }>()

  constructor(tools: CaptureTools) {
    this.#tools = tools
  }

  async nsys(command: readonly string[], folder: string | undefined): Promise<NsysWorld> {
    const nsys = await this.#tools.tool('nsys')
    const isProgramThere = isProgram(command[0] ?? '', folder)
    if (!nsys.ready || nsys.path === undefined) return { nsys, isProgramThere }
    const { path } = nsys
    try {
      return { nsys, isProgramThere, abilities: await this.#once(`nsys ${path}`, () => askNsysAbilities(path)) }
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown
      return { nsys: { ready: false, path, why: thrown.message, hint: thrown.data.hint }, isProgramThere }
    }
  }

  async torch({ python: wanted, target, workingFolder }: TorchCaptureSpec): Promise<TorchWorld> {
    const path = target.kind === 'script' || target.kind === 'torchscript' ? target.path : undefined
    const isTargetThere = path === undefined || existsSync(inFolder(path, workingFolder))
    try {
      const python = wanted === undefined ? await this.#usualPython() : interpreter(wanted)
      try {
        return { python, isTargetThere, facts: await this.#once(`torch ${python}`, () => torchFacts(python)) }
      } catch (thrown) {
        return { python, isTargetThere, failure: expected(thrown) }
      }
    } catch (thrown) {
      return { isTargetThere, failure: expected(thrown) }
    }
  }

  async #usualPython(): Promise<string> {
    const { path, why, hint } = await this.#tools.tool('python')
    if (path !== undefined) return path
    throw new EngineError('TOOL_MISSING', why ?? 'Python was not found', {
      hint: hint ?? 'Install Python, or name one with --python.',
    })
  }

  async #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key)
    if (known !== undefined && performance.now() - known.atMs < KEPT_MS) return known.answer as Promise<T>
    const answer = ask()
    this.#answers.set(key, { atMs: performance.now(), answer })
    answer.catch(() => this.#answers.delete(key)) // a failure is not kept; whoever asked hears of it
    return answer
  }
}

/** A name on PATH, an interpreter, or the folder of an environment. @throws EngineError TOOL_MISSING */
function interpreter(wanted: string): string {
  const names = ['python3', 'python']
  if (!/[\\/]/.test(wanted) && !existsSync(wanted)) return findProgram({ names: [wanted] })
  const inside = findProgramIfAny({
    names,
    configuredPath: join(wanted, process.platform === 'win32' ? 'Scripts' : 'bin'),
  })
  return inside ?? findProgram({ names, configuredPath: wanted })
}

function isProgram(name: string, folder: string | undefined): boolean {
  if (/[\\/]/.test(name)) return existsSync(inFolder(name, folder))
  return findProgramIfAny({ names: [name] }) !== undefined
}

function inFolder(path: string, folder: string | undefined): string {
  return isAbsolute(path) ? path : resolve(folder ?? '.', path)
}

function expected(thrown: unknown): Failure {
  if (thrown instanceof EngineError) return toFailure(thrown)
  throw thrown
}
