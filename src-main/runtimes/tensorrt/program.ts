import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { askTrtexecAbilities, trtexec } from '../../../native-tools/trtexec.ts'
import type { TrtexecAbilities } from '../../../native-tools/trtexec-abilities.ts'
import type { TrtexecProgram } from '../../../native-tools/trtexec-container.ts'

type ToolPaths = Readonly<Record<string, string>>

export interface FoundTrtexec {
  program: TrtexecProgram
  abilities: TrtexecAbilities
}

/** By what options name ('' the usual one): asked once, since precisions are judged while a form is filled. */
const found = new Map<string, FoundTrtexec>()

/** Looks for trtexec and what it can do. @param asked by the options; empty: the settings', else the first that is found */
export async function findTrtexec(asked: string, toolPaths: ToolPaths = {}): Promise<Readiness> {
  const configuredPath = asked === '' ? toolPaths[trtexec.id] : asked
  const readiness = await trtexec.find(configuredPath === undefined ? {} : { configuredPath })
  const { path } = readiness
  found.delete(asked)
  if (!readiness.ready || path === undefined) return readiness
  try {
    found.set(asked, { program: path, abilities: await askTrtexecAbilities(path) })
    return readiness
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code === 'CANCELLED') throw thrown
    const { hint } = thrown.data
    return { ready: false, path, why: thrown.message, ...(hint === undefined ? {} : { hint }) }
  }
}

/** As found before; undefined: it was not looked for, or is not there. */
export function knownTrtexec(asked: string): FoundTrtexec | undefined {
  return found.get(asked)
}

/** @throws EngineError RUNTIME_UNAVAILABLE */
export async function readyTrtexec(asked: string, toolPaths?: ToolPaths): Promise<FoundTrtexec> {
  const known = found.get(asked)
  if (known !== undefined) return known
  const { why, hint } = await findTrtexec(asked, toolPaths)
  const now = found.get(asked)
  if (now !== undefined) return now
  throw new EngineError('RUNTIME_UNAVAILABLE', `TensorRT: ${why ?? 'trtexec was not found'}`, {
    where: asked === '' ? trtexec.id : asked,
    ...(hint === undefined ? {} : { hint }),
  })
}
