import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { CaptureSpecInput } from '#domain/capture-spec.ts'
import type { Run, RunEvent } from '#domain/run.ts'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { findProgram } from '../../native-tools/find-program.ts'
import { nsys } from '../../native-tools/nsys.ts'
import { fakeSpec, newSession, runToEnd, type TestEngine, testEngine } from '../helpers/engine.ts'
import { csvRecords, expectNsysStats } from '../helpers/nsys/stats-csv.ts'
import { torchPython, withoutTorch } from '../helpers/torch/python.ts'

const nsysHere = await nsys.find({})
if (!nsysHere.ready) console.warn(`Skipped: ${nsysHere.why}: run test/helpers/nsys/install-nsys.sh`)
const python = findProgram({ names: ['python3', 'python'] })
const SECRET = 'hf_thisMustNotBeKept'

/** Runs a capture to its end; `on` sees each event as it comes. */
async function capture(
  { client }: TestEngine,
  sessionId: string,
  spec: CaptureSpecInput,
  on: (event: RunEvent, at: { sessionId: string; runId: string }) => void = () => {},
): Promise<Run> {
  const at = { sessionId, ...(await client.runs.start({ sessionId, kind: 'capture', spec })) }
  for await (const event of await client.runs.watch(at)) on(event, at)
  return client.runs.get(at)
}

function program(engine: TestEngine, text: string): string {
  const path = join(engine.folder, 'program.py')
  writeFileSync(path, text)
  return path
}

const traceOf = ({ client }: TestEngine, sessionId: string, run: Run) =>
  client.traces.summary({ sessionId, runId: run.id })
const notices = (run: Run) => run.notices.map(({ text }) => text).join('\n')

/** Every byte of the session file, when it is closed and whole. */
async function sessionBytes(engine: TestEngine, sessionId: string): Promise<Buffer> {
  const { info } = await engine.client.sessions.get({ sessionId })
  await engine.engine.sessions.close(sessionId)
  return readFileSync(info.path)
}

describe.skipIf(!nsysHere.ready)('a capture with the real nsys', () => {
  test('its figures are those of nsys stats, whatever exit code the program had; no secret is in the session', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const path = program(
      engine,
      `import os, sys, time\nprint("token", os.environ["HF_TOKEN"])\nfor i in range(5): time.sleep(0.02); open(sys.argv[0]).read()\nsys.exit(3)\n`,
    )
    const run = await capture(engine, sessionId, { tool: 'nsys', command: [python, path], env: { HF_TOKEN: SECRET } })
    expect([run.status, run.error]).toEqual(['done', undefined])
    expect(run.passport?.method).toMatchObject({ tool: 'Nsight Systems', exitCode: 3, stoppedEarly: false })
    expect(run.passport?.runtime['nsys.version']).toBe(nsysHere.version)
    expect(notices(run)).toMatch(/HF_TOKEN[\s\S]*exit code 3/)
    const { osCalls, source } = await traceOf(engine, sessionId, run)
    expect(source.path).toBe(run.passport?.method.file)
    const stats = await captureOutput({
      argv: [nsysHere.path ?? '', 'stats', '-q', '-r', 'osrt_sum', '--format', 'csv', '-o', '-', source.path],
    })
    const csv = stats.stdout.split('\n').slice(stats.stdout.split('\n').findIndex(line => line.startsWith('Time (%)')))
    const rows = csvRecords(csv.filter(line => line.includes(',')).join('\n'))
    expect(rows.length).toBeGreaterThan(3)
    expectNsysStats(osCalls, rows, 'Name', 'Num Calls')
    expect(existsSync(source.path)).toBe(true)
    expect(JSON.stringify(run)).not.toContain(SECRET)
    expect((await sessionBytes(engine, sessionId)).includes(SECRET)).toBe(false)
  })

  test('a stop ends an endless program, and what was recorded is the trace', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const path = program(engine, 'import time\nprint("up", flush=True)\nwhile True: time.sleep(0.01)\n')
    const run = await capture(engine, sessionId, { tool: 'nsys', command: [python, path] }, (event, at) => {
      if (event.type === 'log' && event.line.text === 'up') setTimeout(() => void engine.client.runs.stop(at), 1000)
    })
    expect([run.status, run.error]).toEqual(['done', undefined])
    expect(run.passport?.method).toMatchObject({ stoppedEarly: true })
    expect((await traceOf(engine, sessionId, run)).counts.slices).toBeGreaterThan(10)
  })

  test('a cancel kills program and nsys, and leaves no report', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const pidFile = join(engine.folder, 'pid')
    const path = program(
      engine,
      `import os, time\nopen(${JSON.stringify(pidFile)}, "w").write(str(os.getpid()))\nprint("up", flush=True)\nwhile True: time.sleep(0.01)\n`,
    )
    const run = await capture(engine, sessionId, { tool: 'nsys', command: [python, path] }, (event, at) => {
      if (event.type === 'log' && event.line.text === 'up') void engine.client.runs.cancel(at)
    })
    expect(run.status).toBe('cancelled')
    expect(existsSync(`/proc/${readFileSync(pidFile, 'utf8')}`)).toBe(false)
    await expect(engine.client.traces.summary({ sessionId, runId: run.id })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('a program that prints without end keeps its first and last lines', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const path = program(engine, 'for i in range(50000): print("line", i)\n')
    let logged = 0
    const run = await capture(engine, sessionId, { tool: 'nsys', command: [python, path] }, event => {
      if (event.type === 'log') logged++
    })
    expect(run.status).toBe('done')
    expect(logged).toBe(4001)
  })

  test('a point of a benchmark is run once more under nsys and linked', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const bench = await runToEnd(engine.client, sessionId, await fakeSpec(engine.client, {}, { batches: [2] }))
    const at = { sessionId, runId: bench.run.id, pointId: bench.run.points[0]?.id ?? '' }
    const ways = await engine.client.runs.waysToProfile(at)
    expect(ways.map(({ spec }) => spec.tool)).toEqual(['nsys'])
    const run = await capture(engine, sessionId, ways[0]?.spec ?? { tool: 'nsys', command: [] })
    expect([run.status, run.error, run.of]).toEqual(['done', undefined, { runId: at.runId, pointId: at.pointId }])
    expect(run.passport?.method).toMatchObject({ exitCode: 0 })
  })
})

const Totals = z.object({
  selfCpuTotalUs: z.number(),
  rows: z.array(
    z.object({
      key: z.string(),
      count: z.int(),
      deviceType: z.string(),
      selfCpuUs: z.number(),
      totalCpuUs: z.number(),
    }),
  ),
})

/** Rows that torch counts and a trace does not hold, or the other way round. */
const NOT_IN_TRACES = new Set(['[memory]'])

describe.skipIf(withoutTorch)('a capture with the real torch.profiler', () => {
  test('its operators are those of torch key_averages: names, counts, self and total times', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const path = program(
      engine,
      `import os, torch, batchscope_capture
print("token", os.environ["HF_TOKEN"])
net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8 * 14 * 14, 10))
best = torch.optim.SGD(net.parameters(), 0.1)
for _ in range(4):
    best.zero_grad()
    net(torch.randn(2, 3, 16, 16)).sum().backward()
    best.step()
    batchscope_capture.step()
`,
    )
    const spec: CaptureSpecInput = {
      tool: 'torch',
      python: torchPython,
      target: { kind: 'script', path },
      schedule: { wait: 0, warmup: 1, active: 3 },
      totals: true,
      env: { HF_TOKEN: SECRET },
    }
    const run = await capture(engine, sessionId, spec)
    expect([run.status, run.error]).toEqual(['done', undefined])
    expect(run.passport?.runtime).toMatchObject({
      'torch.version': expect.stringMatching(/^\d/),
      'torch.device': 'cpu',
    })
    expect(run.passport?.method).toMatchObject({ tool: 'torch.profiler', steps: 4, stoppedEarly: false })
    const { operators, source, steps } = await traceOf(engine, sessionId, run)
    expect(steps).toHaveLength(3)
    const totals = Totals.parse(
      JSON.parse(readFileSync(source.path.replace(/\.pt\.trace\.json\.gz$/, '.totals.json'), 'utf8')),
    )
    const theirs = totals.rows.filter(row => !NOT_IN_TRACES.has(row.key))
    const ours = new Map(operators.map(row => [row.name, row]))
    expect([...ours.keys()].toSorted()).toEqual(theirs.map(({ key }) => key).toSorted())
    for (const { key, count, selfCpuUs, totalCpuUs } of theirs) {
      const row = ours.get(key)
      expect([key, row?.count]).toEqual([key, count])
      expect(Math.abs((row?.selfCpuNs ?? Number.NaN) / 1000 - selfCpuUs), `${key}: self`).toBeLessThan(0.06)
      expect(Math.abs((row?.totalCpuNs ?? Number.NaN) / 1000 - totalCpuUs), `${key}: total`).toBeLessThan(0.06)
    }
    expect(JSON.stringify(run)).not.toContain(SECRET)
    expect((await sessionBytes(engine, sessionId)).includes(SECRET)).toBe(false)
  })

  test('a script that fails keeps its trace and says why; one that never records fails the run', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const path = program(engine, 'import torch\ntorch.relu(torch.ones(2))\nraise ValueError("too short")\n')
    const run = await capture(engine, sessionId, {
      tool: 'torch',
      python: torchPython,
      target: { kind: 'script', path },
    })
    expect(run.status).toBe('done')
    expect(notices(run)).toContain('The script failed: ValueError: too short. The trace ends there.')
    expect((await traceOf(engine, sessionId, run)).operators.map(({ name }) => name)).toContain('aten::relu')
    const schedule = { wait: 1, warmup: 0, active: 1 }
    const none = await capture(engine, sessionId, {
      tool: 'torch',
      python: torchPython,
      target: { kind: 'script', path },
      schedule,
    })
    expect([none.status, none.error?.code]).toEqual(['failed', 'RUNTIME_FAILED'])
  })

  test('a time limit stops an endless script and keeps what it recorded', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const path = program(engine, 'import torch, time\nwhile True:\n    torch.relu(torch.ones(2)); time.sleep(0.01)\n')
    const run = await capture(engine, sessionId, {
      tool: 'torch',
      python: torchPython,
      target: { kind: 'script', path },
      timeoutSec: 2,
    })
    expect([run.status, run.error]).toEqual(['done', undefined])
    expect(notices(run)).toContain('Stopped after 2 s')
  })
})

test("ONNX Runtime's profile of a point is linked to it, its calls are those asked for, and the point is as it was", async () => {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  const { path } = await engine.client.models.sample()
  const bench = await runToEnd(engine.client, sessionId, {
    modelPath: path,
    batches: [4],
    minIterations: 5,
    minDurationMs: 0,
    warmup: 2,
  })
  const [point] = bench.run.points
  const at = { sessionId, runId: bench.run.id, pointId: point?.id ?? '' }
  const ways = await engine.client.runs.waysToProfile(at)
  expect(ways.map(({ spec }) => spec.tool)).toEqual(['ort', 'nsys'])
  const run = await capture(engine, sessionId, ways[0]?.spec ?? { tool: 'nsys', command: [] })
  expect([run.status, run.error, run.of]).toEqual(['done', undefined, { runId: at.runId, pointId: at.pointId }])
  expect(run.passport?.method).toMatchObject({
    tool: 'ONNX Runtime profiler',
    batch: 4,
    warmup: 2,
    calls: 20,
    measured: false,
  })
  const { nodes, source } = await traceOf(engine, sessionId, run)
  expect(nodes.length).toBeGreaterThan(5)
  expect(new Set(nodes.map(({ count }) => count))).toEqual(new Set([22]))
  // ONNX Runtime's own file, added up once more.
  const Events = z.array(z.object({ cat: z.string().optional(), name: z.string(), dur: z.number().optional() }))
  const kernels = Events.parse(JSON.parse(readFileSync(source.path, 'utf8'))).filter(
    ({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'),
  )
  const sumUs = kernels.reduce((sum, { dur = 0 }) => sum + dur, 0)
  expect(nodes.reduce((sum, { totalNs }) => sum + totalNs, 0)).toBe(sumUs * 1000)
  expect((await engine.client.runs.get({ sessionId, runId: at.runId })).points).toEqual(bench.run.points)
})

test('a point that is not there, and a model that changed since, are said', async () => {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  const { path } = await engine.client.models.sample()
  const copy = join(engine.folder, 'model.onnx')
  writeFileSync(copy, readFileSync(path))
  const { run } = await runToEnd(
    engine.client,
    sessionId,
    await fakeSpec(engine.client, {}, { modelPath: copy, batches: [1] }),
  )
  const ask = (pointId: string) => engine.client.runs.waysToProfile({ sessionId, runId: run.id, pointId })
  await expect(ask('p9')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  writeFileSync(copy, Buffer.concat([readFileSync(path), Buffer.from([0x72, 0])])) // an empty unknown field more
  await expect(ask('p0')).rejects.toMatchObject({ code: 'MODEL_CHANGED' })
})

test('where nothing can be captured the plan says so, and a start is refused with it', async () => {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  const spec = {
    tool: 'torch',
    python: '/bin/true',
    target: { kind: 'script', path: join(dirname(engine.folder), 'nosuch.py') },
  }
  const { problems } = await engine.client.runs.plan({ kind: 'capture', spec })
  expect(problems.map(({ code }) => code)).toEqual(['TOOL_FAILED', 'FILE_NOT_FOUND'])
  await expect(engine.client.runs.start({ sessionId, kind: 'capture', spec })).rejects.toMatchObject({
    code: 'TOOL_FAILED',
  })
})
