import type { Engine } from '../../engine.ts'
import type { CliContext } from './common.ts'
import { describeExit } from './exit.ts'
import type { Terminal } from './output.ts'
import { buildProgram } from './program.ts'

/** Wires the process to the commands, and turns what they throw into words and an exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const interrupted = interruption()
  let engine: Engine | undefined
  const context: CliContext = {
    terminal: processTerminal(args),
    signal: interrupted,
    async engine(options) {
      const [{ createEngine }, { localClient }] = await Promise.all([
        import('../../engine.ts'),
        import('../../api/doors.ts'),
      ])
      engine ??= createEngine({ ...options, showHidden: process.env.BATCHSCOPE_FAKE_RUNTIME === '1' })
      return { engine, client: localClient(engine) }
    },
  }
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' })
    return 0
  } catch (thrown) {
    const { exitCode, text } = describeExit(thrown)
    context.terminal.err(text)
    return exitCode
  } finally {
    await engine?.close()
  }
}

/** Aborts on the first Ctrl+C or SIGTERM: the command ends cleanly. The second ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  }
  return controller.signal
}

function processTerminal(args: readonly string[]): Terminal {
  // A closed pipe (`| head`) is the reader's way to say enough.
  process.stdout.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    interactive: process.stderr.isTTY === true && !args.includes('--quiet'),
  }
}
