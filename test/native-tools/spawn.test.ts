import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { scrubbedEnvironment } from '../../native-tools/environment.ts'
import { type Child, type ChildOptions, startChild } from '../../native-tools/spawn.ts'

const node = process.execPath

function run(script: string, options: Partial<ChildOptions> = {}): Child {
  return startChild({ argv: [node, '-e', script], ...options })
}

async function linesOf(script: string, options: Partial<ChildOptions> = {}): Promise<{ out: string[]; err: string[] }> {
  const out: string[] = []
  const err: string[] = []
  await run(script, { ...options, onLine: (stream, text) => (stream === 'stdout' ? out : err).push(text) }).done
  return { out, err }
}

/** Living processes whose command line holds the text: looked up without the code under test. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0]
        return state !== 'Z' && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text)
      } catch {
        return false
      }
    })
}

test('arguments reach the program as they are: no shell, no globbing, no word splitting', async () => {
  const words = ['a b', '$(touch x)', '`id`', '*', '"', "'", '\n', '🧪', '<img onerror>', '-', '']
  const out: string[] = []
  await startChild({
    argv: [node, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words],
    onLine: (_stream, text) => out.push(text),
  }).done
  expect(JSON.parse(out[0] ?? '')).toEqual(words)
})

test('lines end at LF, CRLF and CR; the last needs no end; stderr is told apart', async () => {
  const script = 'process.stdout.write("one\\r\\ntwo\\n\\nthree\\r50%\\r100%\\nlast"); process.stderr.write("oops")'
  expect(await linesOf(script)).toEqual({ out: ['one', 'two', '', 'three', '50%', '100%', 'last'], err: ['oops'] })
})

test('bytes that are not UTF-8, terminal escapes and NULs become harmless text', async () => {
  const bytes = [0xff, 0xfe, 0x41, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x42, 0x00, 0x1b, 0x5d, 0x30, 0x3b, 0x78, 0x07, 0x0a]
  const { out } = await linesOf(`process.stdout.write(Buffer.from(${JSON.stringify(bytes)}))`)
  expect(out).toEqual(['\ufffd\ufffdAB\ufffd'])
})

test('a character cut between two chunks is put together again', async () => {
  const script =
    'const b = Buffer.from("é\\n"); process.stdout.write(b.subarray(0, 1)); setTimeout(() => process.stdout.write(b.subarray(1)), 30)'
  expect((await linesOf(script)).out).toEqual(['é'])
})

test('a line of 50 MB is cut and says so, without keeping it', async () => {
  const { out } = await linesOf(
    'const s = "x".repeat(1e6); for (let i = 0; i < 50; i++) process.stdout.write(s); console.log()',
  )
  expect(out).toHaveLength(1)
  expect(out[0]).toMatch(/^x{16384} … 49983616 more characters cut$/)
})

test('exit code, signal and the last forty lines of stderr are told', async () => {
  const end = await run('for (let i = 1; i <= 60; i++) console.error("line " + i); process.exitCode = 7').done
  expect(end).toMatchObject({ exitCode: 7, killed: false, timedOut: false })
  expect(end.lastStderr).toHaveLength(40)
  expect(end.lastStderr[39]).toBe('line 60')
  expect(await run('process.kill(process.pid, "SIGSEGV"); setTimeout(() => {}, 9000)').done).toMatchObject({
    signal: 'SIGSEGV',
    killed: false,
  })
})

test('stdin is given and closed; a child that does not read it does no harm', async () => {
  expect((await linesOf('process.stdin.pipe(process.stdout)', { stdin: 'hello' })).out).toEqual(['hello'])
  expect(await run('process.exit(0)', { stdin: 'x'.repeat(5_000_000) }).done).toMatchObject({ exitCode: 0 })
})

test('a held stdin ends when it is closed, not before: a child learns from it that it should stop', async () => {
  const script =
    'let got = ""; process.stdin.on("data", chunk => { got += chunk; console.log("got", got) }).on("end", () => console.log("end"))'
  const out: string[] = []
  const child: Child = run(script, {
    stdin: 'first',
    holdStdin: true,
    onLine(_stream, text) {
      out.push(text)
      if (text === 'got first') setTimeout(() => child.closeStdin(), 200)
    },
  })
  expect(await child.done).toMatchObject({ exitCode: 0, killed: false })
  expect(out).toEqual(['got first', 'end'])
})

test('an interrupt reaches the child alone, which ends in its own time; what it started is left to it', async () => {
  const inner =
    'process.on("SIGINT", () => console.log("inner heard")); setTimeout(() => {}, 60000); console.log("inner up")'
  const script = `const c = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { stdio: ["ignore", "inherit", "inherit"] });
process.on("SIGINT", () => { console.log("heard"); setTimeout(() => process.exit(7), 200) })`
  const out: string[] = []
  const child: Child = run(script, {
    onLine(_stream, text) {
      out.push(text)
      if (text === 'inner up') child.interrupt()
    },
  })
  expect(await child.done).toMatchObject({ exitCode: 7, killed: false })
  expect(out).toEqual(['inner up', 'heard'])
})

test('the environment holds what programs need and no secrets', async () => {
  const source = {
    PATH: '/bin',
    HOME: '/h',
    OMP_NUM_THREADS: '1',
    GITHUB_TOKEN: 's',
    NODE_OPTIONS: '-r x',
    AWS_SECRET_ACCESS_KEY: 's',
  }
  expect(scrubbedEnvironment({ MINE: '1' }, source)).toEqual({
    PATH: '/bin',
    HOME: '/h',
    OMP_NUM_THREADS: '1',
    MINE: '1',
  })
  process.env.BATCHSCOPE_TEST_SECRET = 'secret'
  const { out } = await linesOf('console.log(Object.keys(process.env).join())')
  delete process.env.BATCHSCOPE_TEST_SECRET
  expect(out[0]).not.toContain('BATCHSCOPE_TEST_SECRET')
  expect(out[0]).toContain('PATH')
})

test('a program that does not exist is TOOL_MISSING and says where it looked', () => {
  expect(() => startChild({ argv: ['no-such-program-here'] })).toThrowError(
    expect.objectContaining({
      code: 'TOOL_MISSING',
      data: expect.objectContaining({ detail: expect.stringContaining('/') }),
    }),
  )
  expect(() => startChild({ argv: [node, 'a\0b'] })).toThrowError(expect.objectContaining({ code: 'USAGE' }))
})

test('a working folder that does not exist rejects, it does not throw into the void', async () => {
  const child = startChild({ argv: [node, '-e', '0'], cwd: '/no/such/folder' })
  await expect(child.done).rejects.toBeInstanceOf(EngineError)
  child.kill()
  child.send('into the void')
})

test('a time limit ends a child that ignores SIGTERM', async () => {
  const startMs = performance.now()
  const end = await run('process.on("SIGTERM", () => {}); setTimeout(() => {}, 60000)', { timeoutMs: 200 }).done
  expect(end).toMatchObject({ timedOut: true, killed: true, signal: 'SIGKILL' })
  expect(performance.now() - startMs).toBeLessThan(1200)
})

test('an aborted signal starts nothing; aborting later ends the child', async () => {
  expect(() => run('0', { signal: AbortSignal.abort() })).toThrowError(expect.objectContaining({ code: 'CANCELLED' }))
  const stop = new AbortController()
  const child = run('setTimeout(() => {}, 60000)', { signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  expect(await child.done).toMatchObject({ killed: true, timedOut: false })
})

const linuxOnly = test.skipIf(process.platform !== 'linux')

linuxOnly('killing a child ends grandchildren that ignore SIGTERM, changed session and lost their parent', async () => {
  const token = `orphan-${process.pid}-${Date.now()}`
  // The child starts a middle process that starts a detached grandchild and exits: no parent or group links it to us.
  const grandchild = `process.on("SIGTERM",()=>{}); setTimeout(()=>{},60000); "${token}"`
  const middle = `require("node:child_process").spawn(process.execPath,["-e",${JSON.stringify(grandchild)}],{detached:true,stdio:"ignore"}).unref()`
  const script = `require("node:child_process").spawn(process.execPath,["-e",${JSON.stringify(middle)}],{detached:true,stdio:"ignore"}); setTimeout(()=>{},60000)`
  const child = run(script)
  while (processesWith(token).length < 1 || processesWith(middle).length > 1) await new Promise(r => setTimeout(r, 20))
  const startMs = performance.now()
  child.kill()
  await child.done
  expect(performance.now() - startMs).toBeLessThan(1000)
  expect(processesWith(token)).toEqual([])
})

linuxOnly('descendants left behind by a child that ended by itself are ended, and do not hold up its end', async () => {
  const token = `left-${process.pid}-${Date.now()}`
  const left = `setTimeout(()=>{},60000); "${token}"`
  const script = `require("node:child_process").spawn(process.execPath,["-e",${JSON.stringify(left)}],{stdio:"inherit"}).unref(); setTimeout(()=>process.exit(0),100)`
  const end = await run(script).done
  expect(end).toMatchObject({ exitCode: 0, killed: false })
  expect(processesWith(token)).toEqual([])
})

linuxOnly('when the engine is killed with SIGKILL its children end', async () => {
  const token = `deep-${process.pid}-${Date.now()}`
  const door = fileURLToPath(new URL('../../native-tools/spawn.ts', import.meta.url))
  const engine = `
    const { startChild } = await import(${JSON.stringify(door)})
    startChild({ argv: [process.execPath, '-e', 'setTimeout(()=>{},60000); "${token}"'] })
    console.log('started')
    setTimeout(() => {}, 60000)`
  const started = Promise.withResolvers<void>()
  const parent = startChild({
    argv: [node, '--input-type=module', '-e', engine],
    onLine: () => started.resolve(),
  })
  await started.promise
  const before = processesWith(token).filter(pid => Number(pid) !== parent.pid)
  expect(before).toHaveLength(1)
  process.kill(parent.pid ?? 0, 'SIGKILL') // only the double of the engine; its child is left to the kernel
  await expect.poll(() => processesWith(token), { timeout: 1000, interval: 10 }).toEqual([])
  await parent.done
})
