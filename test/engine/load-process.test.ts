import { readdirSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { newSession, testEngine } from '../helpers/engine.ts'
import { silentServer } from '../helpers/silent-server.ts'
import { QUICK, until } from '../helpers/sweeps.ts'

/** Command lines of the processes that this one started. */
function childCommands(): string[][] {
  return readdirSync('/proc').flatMap(pid => {
    try {
      if (!readFileSync(`/proc/${pid}/status`, 'utf8').includes(`\nPPid:\t${process.pid}\n`)) return []
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)]
    } catch {
      return [] // no process, or gone
    }
  })
}

test.runIf(process.platform === 'linux')(
  'the load generator of a sweep runs on a Node that keeps its new space',
  async () => {
    const engine = testEngine()
    const server = await silentServer()
    onTestFinished(() => server.close())
    const sessionId = await newSession(engine)
    const spec = { urls: [server.url], connection: { metricsUrl: '' }, model: 'hang', concurrencies: [1], ...QUICK }
    const { runId } = await engine.client.runs.start({ sessionId, kind: 'sweep', spec })
    const command = await until(() => childCommands().find(args => args.at(-1)?.endsWith('load-generator.ts')))
    expect(command.slice(1, -1)).toEqual(['--min-semi-space-size=16', '--no-memory-reducer'])
    await engine.client.runs.cancel({ sessionId, runId })
  },
)
