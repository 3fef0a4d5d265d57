import { EngineError } from '#domain/errors.ts'
import { defineTool } from './define.ts'
import { findProgram, findProgramIfAny } from './find-program.ts'

/** Core lists as taskset and the kernel write them: "0", "0,2-3", "0-6:2". */
const CORE_LIST = /^\d+(-\d+(:\d+)?)?(,\d+(-\d+(:\d+)?)?)*$/

/** Binds a process to cores, as `taskset -c` of util-linux does. */
export const taskset = defineTool({
  id: 'taskset',
  title: 'taskset',
  purpose: 'Binds a benchmark to chosen CPU cores.',
  async find({ configuredPath }) {
    if (process.platform !== 'linux') return { ready: false, why: 'CPU cores can be chosen on Linux only' }
    const path = findProgramIfAny({ names: ['taskset'], ...(configuredPath ? { configuredPath } : {}) })
    if (path === undefined)
      return { ready: false, why: 'taskset was not found', hint: 'Install the package util-linux.' }
    return { ready: true, path }
  },
})

/** Words before a command that bind it: `['/usr/bin/taskset', '-c', '0,2-3']`. */
export function tasksetArgv(program: string, cores: string): string[] {
  return [program, '-c', cores]
}

/**
 * Words before a command that bind it to cores on this machine.
 * @throws EngineError RUNTIME_UNAVAILABLE where that is impossible, USAGE when `cores` is not a core list
 */
export function boundTo(cores: string): string[] {
  if (!CORE_LIST.test(cores)) {
    throw new EngineError('USAGE', `"${cores}" is not a list of CPU cores`, { hint: 'Write cores as 0,2-3.' })
  }
  if (process.platform !== 'linux') {
    throw new EngineError('RUNTIME_UNAVAILABLE', 'CPU cores can be chosen on Linux only', {
      hint: 'Leave the affinity empty on this system.',
    })
  }
  try {
    return tasksetArgv(findProgram({ names: ['taskset'] }), cores)
  } catch (cause) {
    const hint = 'Install the package util-linux, or leave the affinity empty.'
    throw new EngineError(
      'RUNTIME_UNAVAILABLE',
      'taskset, which binds to CPU cores, is not installed',
      { hint },
      { cause },
    )
  }
}

/** What taskset said when it could not bind: cores that do not exist or that this process may not use. */
export function coresRefused(cores: string, said: readonly string[]): EngineError {
  return new EngineError('RUNTIME_UNAVAILABLE', 'The system refused these CPU cores', {
    where: cores,
    hint: 'Choose cores that exist and that this process may use (`taskset -cp $$` shows them).',
    detail: said.join('\n'),
  })
}
