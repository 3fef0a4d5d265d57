import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { nodeBinary, startWorker } from '../../native-tools/start-worker.ts'
import { fake } from '../../src-main/runtimes/fake.ts'
import { BenchMessage } from '../../src-main/workers/bench-protocol.ts'

interface Script {
  script?: z.input<typeof fake.options>
  batch?: number
  timeoutMs?: number
  signal?: AbortSignal
  nodeFlags?: string[]
  onMessage?: (message: BenchMessage) => void
  onLine?: (stream: string, text: string) => void
}

function start({ script = {}, batch = 1, ...rest }: Script) {
  const task = { modelPath: 'none', modelSha256: '', precision: 'model', batch, repeat: 1, shapes: {}, data: {} }
  const rules = { warmup: 2, minIterations: 10, minDurationMs: 0, maxDurationMs: 1000 }
  const call = fake.child({ ...task, ...rules }, fake.options.parse(script))
  return startWorker(call.worker, call.input, {
    schema: BenchMessage,
    ...(call.affinity === undefined ? {} : { affinity: call.affinity }),
    ...rest,
  })
}

test('a worker gets its input and answers with its samples as typed arrays', async () => {
  const phases: string[] = []
  const worker = start({
    script: { latenciesMs: [1, 2, 3] },
    batch: 4,
    onMessage: message => message.type === 'phase' && phases.push(message.phase),
  })
  const { result } = await worker.done
  expect(Array.from(result.latenciesMs)).toEqual([4, 8, 12, 4, 8, 12, 4, 8, 12, 4, 8, 12])
  expect(result.fixedWarmup).toBe(2)
  expect(phases).toEqual(['measuring'])
})

test.each([
  [{ ending: 'signal', signal: 'SIGSEGV' } as const, /fake-bench was ended by SIGSEGV/],
  [{ ending: 'signal', signal: 'SIGKILL' } as const, /ended by SIGKILL/],
  [{ ending: 'abort' } as const, /ended by SIGABRT/],
  [{ ending: 'exit', exitCode: 3 } as const, /ended with exit code 3/],
  [{ ending: 'exit', exitCode: 139 } as const, /ended by SIGSEGV \(exit code 139\)/],
  [{ ending: 'silent' } as const, /ended without a result/],
])('a worker that dies (%o) is CHILD_DIED with what it last wrote and what to try', async (script, message) => {
  const error = await start({ script: { ...script, stderr: ['first', 'the last words'] } }).done.catch(e => e)
  expect(error).toMatchObject({ code: 'CHILD_DIED', message: expect.stringMatching(message) })
  expect(error.data.detail).toContain('first\nthe last words')
  expect(error.data.hint).toBeTruthy()
})

test("a worker's Node is given its flags", async () => {
  expect((await start({ nodeFlags: ['--min-semi-space-size=16'] }).done).type).toBe('done')
  const error = await start({ nodeFlags: ['--no-such-flag'] }).done.catch(e => e)
  expect(error.data.detail).toContain('--no-such-flag')
})

test('SIGKILL from outside points at memory', async () => {
  const error = await start({ script: { ending: 'signal', signal: 'SIGKILL' } }).done.catch(e => e)
  expect(error.data.hint).toMatch(/out of memory/)
})

test("a worker's own failure keeps its code and hint", async () => {
  await expect(start({ script: { ending: 'fail' } }).done).rejects.toMatchObject({
    code: 'RUNTIME_FAILED',
    data: { hint: 'Change its script.' },
  })
})

test('a message that fits nothing ends the worker with INTERNAL', async () => {
  await expect(start({ script: { ending: 'garbage' } }).done).rejects.toMatchObject({ code: 'INTERNAL' })
})

test.each(['hang', 'spin'] as const)('a worker that never ends (%s) is TIMEOUT', async ending => {
  const startMs = performance.now()
  await expect(start({ script: { ending }, timeoutMs: 400 }).done).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(performance.now() - startMs).toBeLessThan(1500)
})

test('live messages come at most four times a second', async () => {
  let live = 0
  const startMs = performance.now()
  await start({ script: { paceMs: 60 }, onMessage: message => message.type === 'live' && live++ }).done
  expect(live).toBeGreaterThanOrEqual(1)
  expect(live).toBeLessThanOrEqual(Math.ceil((performance.now() - startMs) / 250))
})

const linuxOnly = test.skipIf(process.platform !== 'linux')

linuxOnly(
  'cancelling 50 times leaves no process, whatever the worker started and ignores',
  { timeout: 60_000 },
  async () => {
    const kinds = ['same-group', 'own-session'] as const
    let slowestMs = 0
    for (let round = 0; round < 50; round++) {
      const stop = new AbortController()
      let grandchild = 0
      const started = Promise.withResolvers<void>()
      const worker = start({
        // Every fifth ignores SIGTERM itself; every other is busy as a native call would be.
        script: {
          ending: round % 2 ? 'spin' : 'hang',
          afterIterations: 0,
          grandchild: kinds[round % 2] ?? 'none',
          ignoreTerm: round % 5 === 0,
        },
        signal: stop.signal,
        onMessage(message) {
          if (message.type === 'log') grandchild = Number(/\d+$/.exec(message.text)?.[0])
          if (message.type === 'phase') started.resolve()
        },
      })
      const ended = worker.done.catch(error => error)
      await started.promise
      const cancelMs = performance.now()
      stop.abort()
      expect(await ended).toMatchObject({ code: 'CANCELLED' })
      slowestMs = Math.max(slowestMs, performance.now() - cancelMs)
      expect(isRunning(worker.pid ?? 0), `worker of round ${round}`).toBe(false)
      expect(isRunning(grandchild), `grandchild of round ${round}`).toBe(false)
    }
    expect(slowestMs).toBeLessThan(1000)
    console.log(`slowest of 50 cancels: ${slowestMs.toFixed(0)} ms`)
  },
)

linuxOnly('a chosen core is the only one the worker may use', async () => {
  let allowed = ''
  const worker = start({ script: { affinity: '0', paceMs: 20 } })
  const timer = setInterval(() => {
    allowed = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`/proc/${worker.pid}/status`, 'utf8'))?.[1] ?? allowed
  }, 40)
  await worker.done
  clearInterval(timer)
  expect(allowed).toBe('0')
})

linuxOnly('cores that do not exist are refused with what taskset said', async () => {
  await expect(start({ script: { affinity: '4000' } }).done).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    data: { where: '4000' },
  })
  expect(() => start({ script: { affinity: '0; rm -rf /' } })).toThrowError(expect.objectContaining({ code: 'USAGE' }))
})

/** A zombie waiting for its new parent runs nothing any more. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

test('in Electron, workers run on the shipped Node or that of the checkout, never on Electron itself', () => {
  const versions = Object.getOwnPropertyDescriptor(process, 'versions') ?? {}
  const shipped = mkdtempSync(join(tmpdir(), 'batchscope-resources-'))
  try {
    expect(nodeBinary()).toBe(process.execPath)
    Object.defineProperty(process, 'versions', { ...versions, value: { ...process.versions, electron: '45.4.1' } })
    expect(nodeBinary()).toMatch(/node_modules[/\\]node[/\\]bin[/\\]node(\.exe)?$/)
    const program = join(shipped, 'node', process.platform === 'win32' ? 'node.exe' : 'node')
    mkdirSync(join(shipped, 'node'))
    writeFileSync(program, '')
    Object.defineProperty(process, 'resourcesPath', { value: shipped, configurable: true })
    expect(nodeBinary()).toBe(program)
  } finally {
    Object.defineProperty(process, 'versions', versions)
    Reflect.deleteProperty(process, 'resourcesPath')
    rmSync(shipped, { recursive: true })
  }
})
