import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { type CapturedOutput, captureOutput } from './capture-output.ts'
import type { FindContext } from './define.ts'
import { findProgram, type ProgramSearch } from './find-program.ts'

/** A tool that does not say its version within this time is broken for us, unless its probe allows for more. */
const VERSION_TIMEOUT_MS = 2000

export interface VersionProbe {
  search: ProgramSearch
  /** Arguments that make it tell its version quickly. */
  args: readonly string[]
  stdin?: string
  /** For a program that loads much before its first word; absent: 2 s. */
  timeoutMs?: number
  /** From what it printed; undefined: not that program, or broken. */
  version(output: CapturedOutput): string | undefined
  /** How to get it. */
  hint: string
}

/** Finds a program and asks its version. Everything that can go wrong is an answer with a reason, not an exception. */
export async function probe(
  { search, args, stdin, timeoutMs = VERSION_TIMEOUT_MS, version, hint }: VersionProbe,
  context: FindContext,
): Promise<Readiness> {
  let path: string | undefined
  try {
    path = findProgram({ ...search, ...(context.configuredPath ? { configuredPath: context.configuredPath } : {}) })
    const output = await captureOutput({
      argv: [path, ...args],
      timeoutMs,
      ...(stdin === undefined ? {} : { stdin }),
      ...(context.signal ? { signal: context.signal } : {}),
    })
    const found = version(output)
    if (found !== undefined) return { ready: true, version: found, path }
    return { ready: false, path, why: whyNoVersion(output, timeoutMs), hint }
  } catch (error) {
    if (!(error instanceof EngineError) || error.code === 'CANCELLED') throw error
    const where = error.data.where === undefined ? '' : `: ${error.data.where}`
    const wrongPath = error.code === 'TOOL_MISSING' && context.configuredPath ? error.data.hint : undefined
    return {
      ready: false,
      ...(path === undefined ? {} : { path }),
      why: error.message + where,
      hint: wrongPath ?? hint,
    }
  }
}

function whyNoVersion({ timedOut, exitCode, signal, lastStderr, stdout }: CapturedOutput, timeoutMs: number): string {
  if (timedOut) return `It did not tell its version within ${timeoutMs / 1000} s`
  const said =
    lastStderr.findLast(line => line.trim() !== '') ?? stdout.split('\n').findLast(line => line.trim() !== '')
  return `It did not tell its version (${signal ?? `exit code ${exitCode}`})${said === undefined ? '' : `: ${said}`}`
}
