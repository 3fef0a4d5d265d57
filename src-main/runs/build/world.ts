import { existsSync } from 'node:fs'
import type { BuildSpec } from '#domain/build-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { askTrtexecAbilities, trtexec } from '../../../native-tools/trtexec.ts'
import type { TrtexecAbilities } from '../../../native-tools/trtexec-abilities.ts'
import type { BuildWorld } from './plan.ts'

/** What is asked of this machine while a form is filled is asked once in this time. */
const KEPT_MS = 60_000

/** Looks at the machine for plans, which are pure. */
export class BuildWorlds {
  readonly #tool: (id: string) => Promise<Readiness>
  readonly #gpus = new Kept<string | undefined>()
  readonly #abilities = new Kept<TrtexecAbilities>()

  /** @param tool cached; asked again where it was not ready */
  constructor(tool: (id: string) => Promise<Readiness>) {
    this.#tool = tool
  }

  async of({ trtexec: asked }: Pick<BuildSpec, 'trtexec'>): Promise<BuildWorld> {
    const [readiness, gpu] = await Promise.all([
      asked === undefined ? this.#tool('trtexec') : trtexec.find({ configuredPath: asked }),
      this.#gpus.of('', firstGpu),
    ])
    const { path } = readiness
    const here = { exists: existsSync, ...(gpu === undefined ? {} : { gpu }) }
    if (!readiness.ready || path === undefined) return { ...here, trtexec: readiness }
    try {
      const abilities = await this.#abilities.of(path, () => askTrtexecAbilities(path))
      return { ...here, trtexec: readiness, abilities }
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown
      const { hint } = thrown.data
      const unready = { ready: false, path, why: thrown.message, ...(hint === undefined ? {} : { hint }) }
      return { ...here, trtexec: unready }
    }
  }
}

async function firstGpu(): Promise<string | undefined> {
  const { gpu0Name } = await gpuFacts()
  return typeof gpu0Name === 'string' ? gpu0Name : undefined
}

/** Answers by key, for a while; one that failed is asked for again. */
class Kept<T> {
  readonly #answers = new Map<string, { atMs: number; answer: Promise<T> }>()

  of(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key)
    if (known !== undefined && performance.now() - known.atMs < KEPT_MS) return known.answer
    const answer = ask()
    this.#answers.set(key, { atMs: performance.now(), answer })
    answer.catch(() => this.#answers.delete(key)) // whoever asked hears of it
    return answer
  }
}
