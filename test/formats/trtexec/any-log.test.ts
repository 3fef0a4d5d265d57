import { expect, test } from 'vitest'
import { TrtexecLogReader } from '#formats/trtexec/log.ts'
import { readProfile } from '#formats/trtexec/profile-json.ts'
import { readTimes } from '#formats/trtexec/times.ts'
import type { TrtexecEvent, TrtexecRun } from '#formats/trtexec/types.ts'
import { tensorRtVersion } from '#formats/trtexec/version.ts'
import { trtexecLog } from '#formats/trtexec-log.ts'
import { seededRandom } from '#stats/random.ts'
import { memorySource } from '../../helpers/bytes.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** Logs no one recorded: made from figures chosen at random, in the grammar of a version. */
interface Made {
  text: string
  qps: number
  latencyMs: number[]
  gpuMs: number[]
  batch: number
  built: number
  version: string
}

const random = seededRandom(20_261_121)
const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[random.uint32() % choices.length] ?? choices[0]
/** As C++ streams print: six digits, an exponent below 1e-4 with two digits. */
function printed(value: number): string {
  const six = Number(value.toPrecision(6))
  if (six !== 0 && six < 1e-4) {
    const [digits = '', exponent = '0'] = six.toExponential().split('e-')
    return `${digits}e-${exponent.padStart(2, '0')}`
  }
  return String(six)
}
const figure = () => Number(((random.uint32() / 2 ** 32) * 10 ** pick(-5, -3, -1, 0, 2)).toPrecision(6))

type Version = readonly [number: string, text: string]
const VERSIONS: readonly [Version, ...Version[]] = [
  ['8003', '8.0.3'],
  ['8205', '8.2.5'],
  ['8601', '8.6.1'],
  ['100900', '10.9.0'],
  ['101601', '10.16.1'],
  ['110100', '11.1.0'],
  ['120304', '12.3.4'],
]

function madeLog(): Made {
  const [number, version] = pick(...VERSIONS)
  const isOld = Number(number) < 8400
  const [qps, built, batch] = [figure() + 1, figure(), pick(1, 3, 32)]
  const [latencyMs, gpuMs] = [Array.from({ length: 7 }, figure), Array.from({ length: 7 }, figure)]
  const row = (title: string, [min = 0, max = 0, mean = 0, median = 0, ...percentiles]: number[]) => {
    const shown = isOld ? [[99, percentiles[2]]] : [90, 95, 99].map((p, index) => [p, percentiles[index]])
    const tail = shown.map(([p, value = 0]) => `percentile(${p}%) = ${printed(value)} ms`).join(', ')
    return `[I] ${title}: min = ${printed(min)} ms, max = ${printed(max)} ms, mean = ${printed(mean)} ms, median = ${printed(median)} ms, ${tail}`
  }
  const at = '[02/29/2028-23:59:59] '
  const lines = [
    '[I] === Build Options ===',
    '[I] Memory Pools: workspace: default, dlaSRAM: default',
    '[I] Precision: FP32+FP16',
    '[I] ',
    '[I] === Inference Options ===',
    '[I] Batch: Explicit',
    '[I] Data transfers: Enabled',
    '[I] Spin-wait: Disabled',
    '[I] CUDA Graph: Disabled',
    '[I] ',
    '[I] === Device Information ===',
    '[I] Selected Device: NVIDIA "Tomorrow" GPU: two',
    '[I] ',
    '[I] Start parsing network model.',
    '[W] [TRT] a warning with [brackets] and = signs',
    `[I] Engine built in ${printed(built)} sec.`,
    `[I] ${isOld ? 'Created input' : 'Input'} binding for a:0 with dimensions ${batch}x3x8x8${isOld ? '' : ' and type fp32 is created.'}`,
    '[I] Starting inference',
    '[V] [TRT] Tactic: 0x0 Time: 0.1',
    '[I] === Performance summary ===',
    `[I] Throughput: ${printed(qps)} qps`,
    row('Latency', latencyMs),
    row('GPU Compute Time', gpuMs),
    '[I] D2H Latency: min = nan ms, max = inf ms, mean = -nan ms, median = nan ms, percentile(99%) = inf ms',
    `[I] Total Host Walltime: 3.00013 s`,
    '[I] ',
  ].map(line => at + line)
  const command = `TensorRT.trtexec [TensorRT v${number}]${isOld ? '' : ' [b11]'} # C:\\x y\\trtexec.exe --onnx=m.onnx`
  const text = [`&&&& RUNNING ${command}`, ...lines, `&&&& PASSED ${command}`].join('\n')
  return { text, qps, latencyMs, gpuMs, batch, built, version }
}

function read(text: string): { run: TrtexecRun; runs: number; events: TrtexecEvent[] } {
  const reader = new TrtexecLogReader()
  const events = text.split(/\r?\n/).flatMap(line => reader.line('stdout', line))
  const { runs } = reader.end()
  return { run: runs[0], runs: runs.length, events }
}

const six = (value: number) => Number(value.toPrecision(6))

function holds({ run }: { run: TrtexecRun }, { qps, latencyMs, gpuMs, batch, built, version }: Made): void {
  const [min, max, mean, median] = latencyMs.map(six)
  expect(run).toMatchObject({
    version,
    outcome: 'passed',
    batch: { size: batch, implicit: false },
    device: { name: 'NVIDIA "Tomorrow" GPU: two' },
    build: { builtSeconds: six(built) },
    summary: {
      queriesPerSec: six(qps),
      rows: {
        latency: { minMs: min, maxMs: max, meanMs: mean, medianMs: median },
        gpuCompute: { medianMs: six(gpuMs[3] ?? 0) },
      },
    },
  })
  // What is no number is absent, never 0.
  expect(run.summary?.rows.d2h ?? { percentilesMs: {} }).toEqual({ percentilesMs: {} })
  expect(run.sections['Build Options']?.['Memory Pools']).toBe('workspace: default, dlaSRAM: default')
}

test('any version, any figures: what was printed is what is read', () => {
  for (let round = 0; round < 200; round++) {
    const made = madeLog()
    holds(read(made.text), made)
  }
})

test('CRLF, colours, a shell around it, two stamps in a line: the same figures', () => {
  const colour = String.fromCharCode(27)
  const dressed: readonly ((line: string, index: number) => string)[] = [
    line => `${line}\r`,
    line => `${colour}[1;32m${line}${colour}[0m`,
    (line, index) => (index === 0 ? `user@host:~$ trtexec --onnx=m.onnx\n${line}` : line),
    line => (line.includes('[W]') ? `[02/29/2028-23:59:59] ${line}` : line),
    line => (line.includes('Throughput') ? `[02/29/2028-23:59:59] [W] * half a warning ${line}` : line),
  ]
  for (const dress of dressed) {
    for (let round = 0; round < 20; round++) {
      const made = madeLog()
      holds(read(made.text.split('\n').map(dress).join('\n')), made)
    }
  }
})

test('stderr beside stdout, in any order of arrival: warnings are there, figures are the same', () => {
  for (let round = 0; round < 30; round++) {
    const made = madeLog()
    const reader = new TrtexecLogReader()
    const [errors, others] = [/\] \[[WE]\] /, /^/].map((pattern, index) =>
      made.text.split('\n').filter(line => pattern.test(line) && (index === 0 || !/\] \[[WE]\] /.test(line))),
    )
    const waiting = [...(errors ?? [])]
    for (const line of others ?? []) {
      if (random.uint32() % 3 === 0) for (const error of waiting.splice(0)) reader.line('stderr', error)
      reader.line('stdout', line)
    }
    for (const error of waiting) reader.line('stderr', error)
    const { runs } = reader.end({ exitCode: 0 })
    expect(runs).toHaveLength(1)
    holds({ run: runs[0] }, made)
    expect(runs[0].messages.map(({ text }) => text)).toEqual(['a warning with [brackets] and = signs'])
  }
})

test('runs after each other are runs, each with its own figures', () => {
  const made = Array.from({ length: 5 }, madeLog)
  const reader = new TrtexecLogReader()
  for (const line of made.flatMap(({ text }) => text.split('\n'))) reader.line('stdout', line)
  const { runs } = reader.end()
  expect(runs).toHaveLength(5)
  for (const [index, each] of made.entries()) {
    const run = runs[index]
    if (run !== undefined) holds({ run }, each)
  }
})

test('cut anywhere: a figure is whole or absent, never another one', async () => {
  const made = madeLog()
  const whole = await trtexecLog.read(memorySource(bytes(made.text), 'whole.log'))
  const [full] = whole.points
  const figures: Record<string, number> = { ...full?.latencyMs }
  for (let length = 0; length < made.text.length; length += 3) {
    const content = await trtexecLog
      .read(memorySource(bytes(made.text.slice(0, length)), 'cut.log'))
      .catch(() => undefined)
    for (const point of content?.points ?? []) {
      expect([undefined, full?.queriesPerSec]).toContain(point.queriesPerSec)
      for (const [name, value] of Object.entries(point.latencyMs ?? {}))
        expect([name, value]).toEqual([name, figures[name]])
      expect([undefined, made.version]).toContain(content?.toolVersion)
    }
  }
})

test('the phases of a build come in order, with the tactics that are timed', () => {
  const at = '[02/29/2028-23:59:59] '
  const lines = [
    '[I] Start parsing network model.',
    '[I] Finished parsing network model. Parse time: 0.5',
    '[I] [TRT] Local timing cache in use. Profiling results in this builder pass will not be stored.',
    '[V] [TRT] *************** Autotuning format combination: Float(1) -> Half(1) ***************',
    '[V] [TRT] --------------- Timing Runner: conv + relu (CaskConvolution[0x80000009])',
    '[V] [TRT] Tactic Name: sm80 Tactic: 0xabc Time: 0.0061',
    '[V] [TRT] --------------- Timing Runner: pool (Name) (CaskPooling)',
    '[I] [TRT] Detected 1 inputs and 2 output network tensors.',
    '[I] Engine built in 4.5 sec.',
    '[I] [TRT] Loaded engine size: 12 MiB',
    '[I] Starting inference',
  ].map(line => at + line)
  const { events } = read(lines.join('\n'))
  expect(events.flatMap(event => (event.type === 'phase' ? [event.phase] : []))).toEqual([
    'parse',
    'optimise',
    'tactics',
    'serialise',
    'deserialise',
    'inference',
  ])
  expect(events.filter(({ type }) => type === 'tactics')).toEqual([
    { type: 'tactics', layer: 'conv + relu', layers: 1, formats: 1, timings: 0 },
    { type: 'tactics', layer: 'pool (Name)', layers: 2, formats: 1, timings: 1 },
  ])
  expect(events).toContainEqual({ type: 'figure', name: 'builtSeconds', value: 4.5 })
})

test('version numbers of four digits and of six', () => {
  const texts = ['8601', '8510', '8003', '100001', '101601', '110100', '10.9.0', '8.6.1', 'x', '12'].map(
    number => tensorRtVersion(number)?.text,
  )
  expect(texts).toEqual([
    '8.6.1',
    '8.5.10',
    '8.0.3',
    '10.0.1',
    '10.16.1',
    '11.1.0',
    '10.9.0',
    '8.6.1',
    undefined,
    undefined,
  ])
})

test('names in a profile are not escaped, percentages may be nan, documents may follow each other', () => {
  const text = `[
  { "count" : 3 }
, { "name" : "a "quoted" \\ name", "timeMs" : 6, "averageMs" : 2, "medianMs" : 1e-05, "percentage" : nan }
, { "name" : "b", "timeMs" : 0, "averageMs" : 0, "percentage" : -nan }
]
[
  { "count" : 9 }
, { "name" : "c", "timeMs" : inf, "aver`
  const [first, second] = readProfile(text, 'p.json')
  expect(first).toEqual({
    iterations: 3,
    broken: 0,
    rows: [
      { name: 'a "quoted" \\ name', timeMs: 6, averageMs: 2, medianMs: 1e-5 },
      { name: 'b', timeMs: 0, averageMs: 0 },
    ],
  })
  expect(second).toEqual({ iterations: 9, broken: 1, rows: [] })
})

test('times: 7.1 swaps enqueue and copy; a query that is not whole is counted as broken', async () => {
  const text = `[
  { "startEnqMs" : 1, "endEnqMs" : 2, "startInMs" : 5, "endInMs" : 12, "startComputeMs" : 2, "endComputeMs" : 9, "startOutMs" : 9, "endOutMs" : 10, "inMs" : 1, "computeMs" : 7, "outMs" : 1, "latencyMs" : 9, "endToEndMs" : 9 }
, { "startEnqMs" : 301, "endEnqMs" : 302, "startInMs" : 305, "endInMs" : 309, "startComputeMs" : 302, "endComputeMs" : 309, "startOutMs" : 309, "endOutMs" : 310, "inMs" : 1, "computeMs" : nan, "outMs" : 1, "latencyMs" : 9, "endToEndMs" : 9 }
, { "startEnqMs" : 401, "endEnqMs" : 402, "startInMs" : 405, "endInMs" : 409, "startComputeMs" : 402, "endComputeMs" : 408, "startOutMs" : 408, "endOutMs" : 410, "inMs" : 1, "computeMs" : 6, "outMs" : 2, "latencyMs" : 9, "endToEndMs" : 9 }
, { "startEnqMs" : 5`
  const [times] = await readTimes(memorySource(bytes(text)))
  expect(times).toMatchObject({ count: 2, warmup: 1, broken: 2 })
  expect([...(times?.enqueueMs ?? [])]).toEqual([7, 4])
  expect([...(times?.h2dMs ?? [])]).toEqual([1, 1])
})
