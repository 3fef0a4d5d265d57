import { describe, expect, test } from 'vitest'
import { readHead } from '#formats/define.ts'
import { jsonTraceReader } from '#formats/trace-json/read-trace.ts'
import { FORMATS } from '../../../src-main/catalog.ts'
import { memorySource } from '../../helpers/bytes.ts'
import { inChunks, RecordingSink } from '../../helpers/recording-sink.ts'
import { readTrace, utf8 } from '../../helpers/trace-json.ts'

const event = (fields: Record<string, unknown>) => ({ pid: 1, tid: 2, ...fields })
const read = (...events: Record<string, unknown>[]) => readTrace(JSON.stringify(events))
const brief = (sink: RecordingSink) =>
  sink.slices.map(({ name, startNs, durationNs }) => [name, startNs / 1000, durationNs / 1000])

describe('Chrome traces of any program', () => {
  test('begin and end pair up by thread, the last begun first', async () => {
    const sink = await read(
      event({ ph: 'B', name: 'outer', ts: 0 }),
      event({ ph: 'B', name: 'inner', ts: 5 }),
      event({ ph: 'B', name: 'elsewhere', ts: 6, tid: 3 }),
      event({ ph: 'E', ts: 8 }),
      event({ ph: 'E', ts: 20, name: 'outer' }),
      event({ ph: 'E', ts: 21 }),
    )
    expect(brief(sink)).toEqual([
      ['inner', 5, 3],
      ['outer', 0, 20],
      ['elsewhere', 6, 15],
    ])
    expect(sink.unreadPlaces.map(({ reason }) => reason)).toEqual(['an end without a begin'])
    expect(sink.notices).toEqual(['1 event begun that never end: drawn to the end of the trace.'])
  })

  test('ranges with an id pair up by category and id, across threads', async () => {
    const sink = await read(
      event({ ph: 'b', cat: 'net', id: '0x1', name: 'get', ts: 0 }),
      event({ ph: 'b', cat: 'net', id: '0x2', name: 'put', ts: 2 }),
      event({ ph: 'n', cat: 'net', id: '0x1', name: 'header', ts: 3 }),
      event({ ph: 'e', cat: 'net', id: '0x1', ts: 4, tid: 9 }),
      event({ ph: 'e', cat: 'net', id: '0x2', ts: 7 }),
    )
    expect(brief(sink)).toEqual([
      ['header', 3, 0],
      ['get', 0, 4],
      ['put', 2, 5],
    ])
    expect(new Set(sink.slices.map(slice => sink.trackOf(slice).kind))).toEqual(new Set(['async']))
  })

  test('every series of a counter is a track', async () => {
    const sink = await read(
      event({ ph: 'C', name: 'memory', ts: 0, args: { used: 5, free: '7' } }),
      event({ ph: 'C', name: 'load', ts: 1, args: { value: 0.5 } }),
      event({ ph: 'C', name: 'empty', ts: 1, args: {} }),
    )
    expect(sink.counters.map(({ track, value }) => [sink.tracks[track]?.spec.title, value])).toEqual([
      ['memory: used', 5],
      ['memory: free', 7],
      ['load', 0.5],
    ])
    expect(sink.unreadPlaces.map(({ reason }) => reason)).toEqual(['a counter without a value'])
  })

  test('flows keep their kind, id and place', async () => {
    const sink = await read(
      event({ ph: 's', cat: 'wake', id: 17, ts: 1 }),
      event({ ph: 't', cat: 'wake', id: 17, ts: 2, tid: 3 }),
      event({ ph: 'f', cat: 'wake', id: 17, ts: 3, tid: 4, bp: 'e' }),
    )
    expect(sink.flows.map(({ kind, id, end, atNs }) => [kind, id, end, atNs])).toEqual([
      ['wake', '17', 'start', 0],
      ['wake', '17', 'step', 1000],
      ['wake', '17', 'end', 2000],
    ])
  })

  test('names of processes and threads count whenever they come', async () => {
    const sink = await read(
      event({ ph: 'X', name: 'a', ts: 0, dur: 1 }),
      event({ ph: 'I', name: 'mark', ts: 1 }),
      event({ ph: 'M', name: 'process_name', args: { name: 'Browser' } }),
      event({ ph: 'M', name: 'thread_name', args: { name: 'main' } }),
      event({ ph: 'M', name: 'thread_sort_index', args: { sort_index: 1 } }),
    )
    expect(sink.tracks.map(({ spec }) => [spec.group, spec.title])).toEqual([['Browser (1)', 'main']])
    expect(brief(sink)).toEqual([
      ['a', 0, 1],
      ['mark', 1, 0],
    ])
    expect(sink.byCategory()).toEqual({ other: 2 })
    expect(sink.told).toMatchObject({ tool: 'Chrome trace' })
  })

  test('words that Kineto uses mean nothing elsewhere', async () => {
    const sink = await read(event({ ph: 'X', cat: 'kernel', name: 'irq', ts: 0, dur: 1 }))
    expect(sink.byCategory()).toEqual({ other: 1 })
    const torch = await read(
      event({ ph: 'X', cat: 'cpu_op', name: 'aten::a', ts: 0, dur: 1 }),
      event({ ph: 'X', cat: 'Kernel', name: 'k', ts: 0, dur: 1, args: { device: 3, stream: 7 } }),
    )
    expect(torch.byCategory()).toEqual({ op: 1, kernel: 1 })
    expect(torch.told.tool).toBe('torch.profiler')
  })

  test('a stopped reading leaves what was read', async () => {
    const stop = new AbortController()
    const sink = new RecordingSink()
    const reader = jsonTraceReader()
    const bytes = utf8(
      JSON.stringify(Array.from({ length: 500 }, (_, ts) => event({ ph: 'X', name: 'a', ts, dur: 1 }))),
    )
    async function* stoppedAfterSome() {
      for await (const chunk of inChunks(bytes, 4096)) {
        yield chunk
        if (sink.slices.length > 100) stop.abort()
      }
    }
    const reading = reader.from === 'bytes' ? reader.read(stoppedAfterSome(), sink, stop.signal) : undefined
    await expect(reading).rejects.toThrow('abort')
    expect(sink.slices.length).toBeGreaterThan(100)
    expect(sink.slices.length).toBeLessThan(500)
  })
})

const claims = async (text: string) => {
  const head = await readHead(memorySource(utf8(text)))
  return FORMATS.filter(format => format.sniff(head)).map(({ id }) => id)
}
const X = '{"ph": "X", "cat": "cpu_op", "name": "a", "ts": 1, "dur": 1, "pid": 1, "tid": 1}'
const PLAIN = '{"name": "a", "ph": "X", "ts": 1, "dur": 1, "pid": 1, "tid": 1}'

test.each([
  [`{"schemaVersion": 1, "traceEvents": [${X}]}`, 'kineto'],
  [`[${X}]`, 'kineto'],
  [`{"traceEvents": [${X}]}`, 'kineto'],
  [`\ufeff{"traceEvents":[${PLAIN}],"displayTimeUnit":"ns"}`, 'chrome-trace'],
  [`[${PLAIN}`, 'chrome-trace'],
  [`{"metadata": {"torch_profiler_kwargs": {}, "x": "${'y'.repeat(5000)}"}, "traceEvents": [${X}]}`, 'kineto'],
  [`{"metadata": {"x": "${'y'.repeat(5000)}"}, "traceEvents": [${X}]}`, 'chrome-trace'],
  [`{"deviceProperties": [], "traceEvents": [${PLAIN}]}`, 'kineto'],
])('%.60s is claimed by one format', async (text, id) => {
  expect(await claims(text)).toEqual([id])
})

test.each([
  '{}',
  '[]',
  '{"schemaVersion": 2, "config": {}}',
  '{"experiments": [{"experiment": {"mode": "concurrency", "value": 1}, "requests": []}], "version": "1"}',
  '{"model_stats": []}',
  '[{"startComputeMs": 1, "computeMs": 2}]',
  '{"Layers": ["a"], "Bindings": []}',
  'name: "m"\nplatform: "p"\n',
])('%.60s is no trace', async text => {
  const ids = await claims(text)
  for (const id of ['kineto', 'ort-profile', 'chrome-trace']) expect(ids).not.toContain(id)
})
