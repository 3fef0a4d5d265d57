import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CUT_OFF } from '#domain/trace-feed.ts'
import { nanosecondsOf } from '#formats/trace-json/decimal-time.ts'
import { readEventAt } from '#formats/trace-json/read-event.ts'
import type { RecordingSink } from '../../helpers/recording-sink.ts'
import { readTrace, utf8 } from '../../helpers/trace-json.ts'

const op = (name: string, ts: string | number = 10, more = '') =>
  `{"ph": "X", "cat": "cpu_op", "name": "${name}", "pid": 1, "tid": 2, "ts": ${ts}, "dur": 1${more}}`
const trace = (...events: string[]) => `{"schemaVersion": 1, "traceEvents": [\n  ${events.join(',\n  ')}\n]}`
const names = (sink: RecordingSink) => sink.slices.map(({ name }) => name)
const unread = (sink: RecordingSink) => sink.unreadPlaces.map(({ reason }) => reason)

/** Defects of kineto.md §1.7, one by one; the traces are ours, made after the reports named there. */
describe('defects seen in the wild', () => {
  test('a file cut off inside an event keeps what came before and says so', async () => {
    const whole = trace(op('aten::a'), op('aten::b'))
    const sink = await readTrace(whole.slice(0, whole.indexOf('aten::b') + 4))
    expect(names(sink)).toEqual(['aten::a'])
    expect(sink.unreadPlaces).toEqual([{ reason: CUT_OFF, where: `byte ${whole.lastIndexOf('{')}` }])
    expect(sink.notices.join()).toContain('cut off')
  })

  test.each(['', ']', '\n'])('a missing end (…%j) loses nothing', async end => {
    const sink = await readTrace(`{"schemaVersion": 1, "traceEvents": [${op('aten::a')}${end}`)
    expect(names(sink)).toEqual(['aten::a'])
    expect(unread(sink)).toEqual([CUT_OFF])
  })

  test('Windows paths with single backslashes are read as they stand', async () => {
    const sink = await readTrace(
      trace(op('torch\\cuda\\__init__.py(12): _lazy'), op('C:\\new\\table.py(1): f'), op('aten::c')),
    )
    expect(names(sink)).toEqual(['torch\\cuda\\__init__.py(12): _lazy', 'C:\new\table.py(1): f', 'aten::c'])
    expect(sink.notices).toEqual(['1 event with backslashes that were not escaped: read as they stand.'])
  })

  test('a backslash before the closing quote does not swallow the rest', async () => {
    const broken = `{"ph": "X", "cat": "python_function", "name": "C:\\dir\\", "pid": 1, "tid": 2, "ts": 5, "dur": 1}`
    const sink = await readTrace(trace(op('aten::a'), broken, op('aten::c')))
    expect(names(sink)).toEqual(['aten::a', 'C:\\dir\\', 'aten::c'])
    expect(unread(sink)).toEqual([])
    expect(sink.notices.join()).toContain('1 event with broken JSON mended')
  })

  test('control characters in names change nothing', async () => {
    const sink = await readTrace(trace(op('a\u0001\u0000\nb'), op('aten::c')))
    expect(names(sink)).toEqual(['a\u0001\u0000\nb', 'aten::c'])
  })

  test('bytes that are no UTF-8 do not stop the reading', async () => {
    const bytes = utf8(trace(op('bad?name'), op('aten::c')))
    bytes[new TextDecoder().decode(bytes).indexOf('?')] = 0xff
    expect(names(await readTrace(bytes))).toEqual(['bad\ufffdname', 'aten::c'])
  })

  test.each(['std::string("x")', 'a", b', 'say "hi", then "bye"'])('quotes that were not escaped: %s', async name => {
    const sink = await readTrace(trace(op('aten::a'), op(name), op('aten::c')))
    expect(names(sink)).toEqual(['aten::a', name, 'aten::c'])
    expect(sink.notices).toEqual(['1 event with broken JSON mended (quotes, backslashes, control characters).'])
  })

  test('a broken last event does not lose what follows the events', async () => {
    const sink = await readTrace(
      `{"traceEvents": [${op('aten::a')}, ${op('a"b')}],\n"baseTimeNanoseconds": 1000, "record_shapes": 1}`,
    )
    expect(names(sink)).toEqual(['aten::a', 'a"b'])
    expect(sink.told.facts).toMatchObject({ record_shapes: true })
    expect(sink.told.baseUnixNs).toBe('11000')
  })

  test.each(['N/A', 'NaN', 'nan', 'inf', '-inf', 'Infinity', '-Infinity'])('%s where a number belongs', async word => {
    const kernel = `{"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 5, "dur": 1, "args": {"device": 0, "stream": 7, "registers per thread": ${word}, "grid": [2, 1, 1], "memory bandwidth (GB/s)": ${word}}}`
    const sink = await readTrace(trace(kernel, op('aten::c')))
    expect(names(sink)).toEqual(['k', 'aten::c'])
    expect(sink.slices[0]?.launch).toMatchObject({ blocks: 2, registersPerThread: Number.NaN })
    expect(unread(sink)).toEqual([])
    expect(sink.notices.join()).toContain('no JSON')
  })

  test('a comma too many, or one too few', async () => {
    const sink = await readTrace(
      `{"traceEvents": [${op('aten::a', 1, ',')}, ${op('aten::b')} ${op('aten::c')},, ${op('aten::d')},],}`,
    )
    expect(names(sink)).toEqual(['aten::a', 'aten::b', 'aten::c', 'aten::d'])
    expect(unread(sink)).toEqual([])
  })

  test('an event whose rest is gone does not take the name or the time of the next one', async () => {
    const broken = '{"name": "aten::b", "pid": 1, "tid": 2, "ts": "11", "cat" '
    const next = '{"name": "aten::c", "ts": 12, "ph": "X", "cat": "cpu_op", "pid": 1, "tid": 2, "dur": 1}'
    const sink = await readTrace(trace(op('aten::a'), `${broken}\n${next}`, op('aten::d', 13)))
    expect(sink.slices.map(({ name, startNs }) => [name, startNs])).toEqual([
      ['aten::a', 0],
      ['aten::c', 2000],
      ['aten::d', 3000],
    ])
    expect(unread(sink)).toEqual(['events that run into each other'])
  })

  test('what is left of an event does not take the next one in as text', async () => {
    const left = '{"op_name": "Conv", "provider": "CPUEx  '
    const next = '{  "pid": 1, "name": "aten::c", "ts": 12, "ph": "X", "cat": "cpu_op", "tid": 2, "dur": 1}'
    const sink = await readTrace(trace(op('aten::a'), left + next, op('aten::d', 13)))
    expect(names(sink)).toEqual(['aten::a', 'aten::c', 'aten::d'])
    expect(unread(sink)).toEqual(['events that run into each other'])
  })

  test('garbage after the end is counted', async () => {
    const sink = await readTrace(`${trace(op('aten::a'))}\n\u0000garbage {"a": 1}`)
    expect(names(sink)).toEqual(['aten::a'])
    expect(unread(sink)).toEqual(['bytes after the end of the trace'])
  })

  test('two traces in one file are both read, and it is said', async () => {
    const sink = await readTrace(`${trace(op('aten::a'))}\n${trace(op('aten::b'))}`)
    expect(names(sink)).toEqual(['aten::a', 'aten::b'])
    expect(sink.notices).toEqual(['More than one trace in this file: all were read as one.'])
  })

  test('of a member given twice the last counts', async () => {
    const sink = await readTrace(trace(op('aten::a', 1, ', "name": "aten::z", "ts": 20')), { chunkBytes: 7 })
    expect(names(sink)).toEqual(['aten::z'])
  })

  test('overlapping kernels of one stream are all told', async () => {
    const kernel = (name: string, ts: number) =>
      `{"ph": "X", "cat": "kernel", "name": "${name}", "pid": 0, "tid": 7, "ts": ${ts}, "dur": 10, "args": {"device": 0, "stream": 7}}`
    const sink = await readTrace(trace(kernel('a', 0), kernel('b', 5)))
    expect(sink.of('kernel').map(({ startNs, durationNs }) => [startNs, durationNs])).toEqual([
      [0, 10_000],
      [5000, 10_000],
    ])
  })

  test('a single absurd stamp is counted; the others keep their times', async () => {
    const sink = await readTrace(trace(op('a', 0), op('b', '1712195495406752.750'), op('c', '1712195495406752.751')))
    expect(sink.slices.map(({ name, startNs }) => [name, startNs])).toEqual([
      ['b', 750],
      ['c', 751],
    ])
    expect(unread(sink)).toEqual(['a time too far from the others'])
  })

  test('durations below zero are read as 0, those beyond any trace are counted', async () => {
    const timed = (dur: string) =>
      `{"ph": "X", "cat": "cpu_op", "name": "a", "pid": 1, "tid": 2, "ts": 5, "dur": ${dur}}`
    const sink = await readTrace(trace(timed('-3'), timed('1e300'), timed('99999999999999999')))
    expect(sink.slices.map(({ durationNs }) => durationNs)).toEqual([0])
    expect(unread(sink)).toHaveLength(2)
    expect(sink.notices).toContain('1 event with a negative duration: read as 0.')
  })

  test('stamps in quotes are stamps', async () => {
    const sink = await readTrace(trace(op('a', '"12.5"'), op('b', '"13"')))
    expect(sink.slices.map(({ startNs }) => startNs)).toEqual([500, 1000])
  })

  test('broken user metadata before the events does not hide them', async () => {
    const sink = await readTrace(`{"note": "he said "hi"", "other": {"a": }, "traceEvents": [${op('aten::a')}]}`)
    expect(names(sink)).toEqual(['aten::a'])
    expect(unread(sink)).toEqual(['what stands beside the events is broken JSON'])
  })

  test('what is no event is counted, with the place of each', async () => {
    const text = `[${op('a')}, 5, "text", null, [1], {}, {"ph": "Q"}, ${op('b')}]`
    const sink = await readTrace(text, { dialect: 'kineto' })
    expect(names(sink)).toEqual(['a', 'b'])
    expect(unread(sink)).toEqual([
      ...Array(4).fill('something in the list that is no event'),
      'an event without a phase',
      'events of phase Q',
    ])
    expect(sink.unreadPlaces[0]?.where).toBe(`byte ${text.indexOf('5, "text"')}`)
  })

  test.each(['', '{}', '[', '{"a": 1}', 'null', '{"traceEvents": 5}', '\u0000'])('%j is no trace', async text => {
    const reading = readTrace(text)
    if (text === '[') expect((await reading).slices).toEqual([])
    else await expect(reading).rejects.toMatchObject({ code: 'FORMAT_BROKEN' })
  })
})

describe('hostile sizes', { timeout: 30_000 }, () => {
  test('nesting a hundred thousand deep is stepped over', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const sink = await readTrace(trace(op('a', 1, `, "args": {"x": ${deep}}`), op('b')))
    expect(names(sink)).toEqual(['a', 'b'])
  })

  test('nesting that never closes ends with the file', async () => {
    const sink = await readTrace(trace(op('a'), `{"ph": "X", "args": ${'[{"a":'.repeat(50_000)}`))
    expect(names(sink)).toEqual(['a'])
    expect(unread(sink).length).toBeGreaterThan(0)
  })

  test('an event of more than 16 MiB is counted and the next ones are read', async () => {
    const huge = op('a', 1, `, "args": {"x": "${'y'.repeat(17 * 2 ** 20)}"}`)
    const sink = await readTrace(trace(op('first'), huge, op('last')), { chunkBytes: 2 ** 20 })
    expect(names(sink)).toEqual(['first', 'last'])
    expect(unread(sink)).toEqual(['an event of more than 16 MiB'])
  })

  test('user metadata of more than 16 MiB is stepped over', async () => {
    const sink = await readTrace(`{"mine": "${'z'.repeat(17 * 2 ** 20)}", "traceEvents": [${op('a')}]}`)
    expect(names(sink)).toEqual(['a'])
  })

  test('numbers of a thousand digits are no numbers', async () => {
    const sink = await readTrace(trace(op('a', 1, `, "args": {"External id": ${'9'.repeat(1000)}}`), op('b')))
    expect(names(sink)).toEqual(['a', 'b'])
  })
})

test('ids beyond 2^53 stay apart', async () => {
  const call = (id: string) =>
    `{"ph": "X", "cat": "cuda_runtime", "name": "c", "pid": 1, "tid": 18446744073709551615, "ts": 1, "dur": 1, "args": {"correlation": ${id}}}`
  const ids = ['9007199254740993', '9007199254740992', '"9007199254740993"', '18446744073709551615', '7', '0', '-1']
  const sink = await readTrace(trace(...ids.map(call)))
  const [a, b, c, d, small, none, negative] = sink.slices.map(({ correlation }) => correlation)
  expect(a).toBe(c)
  expect(new Set([a, b, d]).size).toBe(3)
  expect([small, none, negative]).toEqual([7, 0, 0])
  expect(sink.tracks[0]?.spec.threadId).toBe('18446744073709551615')
})

const decimal = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 16n }),
    fc.integer({ min: 0, max: 999 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([isNegative, whole, fraction, digits]) => {
    const ns = whole * 1000n + BigInt(digits === 0 ? 0 : Math.floor(fraction / 10 ** (3 - digits)) * 10 ** (3 - digits))
    const text = digits === 0 ? `${whole}` : `${whole}.${String(fraction).padStart(3, '0').slice(0, digits)}`
    return { text: isNegative ? `-${text}` : text, ns: isNegative ? -ns : ns }
  })

test('digits become nanoseconds exactly (against BigInt)', () => {
  fc.assert(
    fc.property(decimal, ({ text, ns }) => {
      expect(nanosecondsOf(text)).toBe(ns)
    }),
  )
  expect(nanosecondsOf('1.7121954954067527e15')).toBe(1712195495406752700n)
  expect(nanosecondsOf('12e-4')).toBe(1n)
  expect(nanosecondsOf('0.0005')).toBe(1n)
  expect(nanosecondsOf('0.00049')).toBe(0n)
  for (const text of ['', '.', 'abc', '1e9999999', '0x10', '1e400']) expect(nanosecondsOf(text)).toBeUndefined()
})

test('starts and durations of events equal the difference of their digits', async () => {
  const near = fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 999 }))
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt({ min: 0n, max: 8n * 10n ** 15n }),
      fc.array(near, { minLength: 1 }),
      async (base, times) => {
        const stamps = times.map(([us, ns]) => ({
          text: `${base + BigInt(us)}.${String(ns).padStart(3, '0')}`,
          us,
          ns,
        }))
        const sink = await readTrace(trace(...stamps.map(({ text }, i) => op(`n${i}`, text, `, "dur": ${text}`))))
        const kept = stamps.filter(({ us }) => base + BigInt(us) < 9n * 10n ** 12n)
        const first = Math.min(...times.slice(0, 32).map(([us]) => us))
        expect(sink.slices.map(({ startNs, durationNs }) => [startNs, durationNs])).toEqual(
          kept.map(({ text, us, ns }) => [(us - first) * 1000 + ns, Number(nanosecondsOf(text))]),
        )
      },
    ),
    { numRuns: 50 },
  )
})

test('every member of an event is told as the file has it', () => {
  const text = `{"ph": "X", "name": "a\\u00e9\\n\\"b\\"", "ts": 1712195495406752.750, "args": {"Input Dims": [[1, 2], []], "External id": 9007199254740993, "text": "x\\\\y", "nested": {"a": "\\"q\\""}}} , {"ph"`
  expect(readEventAt(utf8(text))).toEqual([
    ['ph', 'X'],
    ['name', 'aé\n"b"'],
    ['ts', '1712195495406752.750'],
    ['Input Dims', '[[1, 2], []]'],
    ['External id', '9007199254740993'],
    ['text', 'x\\y'],
    ['nested', '{"a": "\\"q\\""}'],
  ])
  expect(readEventAt(utf8(`{"name": "std::string("x")", "ts": 5, "args": {"bw": N/A}}, {"ph": "X"}`))).toEqual([
    ['name', 'std::string("x")'],
    ['ts', '5'],
    ['bw', 'null'],
  ])
  expect(readEventAt(utf8('nothing'))).toEqual([])
})
