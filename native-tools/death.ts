import { EngineError } from '#domain/errors.ts'
import type { ChildEnd } from './spawn.ts'

const SIGNAL_OF_EXIT: Readonly<Record<number, NodeJS.Signals>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
  143: 'SIGTERM',
}

const WINDOWS_STATUS: Readonly<Record<number, NodeJS.Signals>> = {
  3221225477: 'SIGSEGV', // access violation
  3221225501: 'SIGILL', // illegal instruction
  3221226505: 'SIGABRT', // fast fail
}

const HINTS: Partial<Record<NodeJS.Signals, string>> = {
  SIGSEGV: 'A crash in native code. Try graph optimization "basic" or another version of the runtime.',
  SIGABRT: 'Native code gave up, often for lack of memory. The last lines of its output may say why.',
  SIGILL: 'The runtime uses instructions this CPU does not have.',
  SIGBUS: 'The model file was cut while it was read, or its disk failed.',
  SIGKILL: 'Most often the system ran out of memory: try a smaller batch, and look into `dmesg`.',
  SIGTERM: 'Someone ended the process.',
}

/** Why a child died that should have answered: its signal or exit code, the last lines it wrote, and what to try. */
export function describeDeath(name: string, end: ChildEnd): EngineError {
  const signal = end.signal ?? (end.exitCode === undefined ? undefined : signalOfExit(end.exitCode))
  const message =
    signal !== undefined
      ? `${name} was ended by ${signal}${end.exitCode === undefined ? '' : ` (exit code ${end.exitCode})`}`
      : end.exitCode === 0
        ? `${name} ended without a result`
        : `${name} ended with exit code ${end.exitCode}`
  const outOfMemory = end.lastStderr.some(line => /out of memory|bad_alloc|heap limit/i.test(line))
  const hint = outOfMemory
    ? 'It ran out of memory: try a smaller batch.'
    : signal === undefined
      ? 'The last lines of its output may say why.'
      : HINTS[signal]
  return new EngineError('CHILD_DIED', message, {
    ...(hint === undefined ? {} : { hint }),
    ...(end.lastStderr.length > 0 ? { detail: end.lastStderr.join('\n') } : {}),
  })
}

function signalOfExit(exitCode: number): NodeJS.Signals | undefined {
  return SIGNAL_OF_EXIT[exitCode] ?? WINDOWS_STATUS[exitCode]
}
