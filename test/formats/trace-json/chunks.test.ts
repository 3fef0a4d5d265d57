import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutSamples } from '../../helpers/samples.ts'
import { readTrace, traceBytes, utf8 } from '../../helpers/trace-json.ts'

const MIXED =
  utf8(`\ufeff { "schemaVersion": 1, "note": "a \\"b\\" \\\\", "deviceProperties": [{"id": 0, "name": "H100", "numSms": 132}],
  "traceEvents": [
  {"ph": "M", "name": "process_name", "pid": 7, "tid": 0, "ts": 0, "args": {"name": "python"}},
  {"ph": "X", "cat": "cpu_op", "name": "aten::\\u00e9", "pid": 7, "tid": 7, "ts": 1712195495406752.750, "dur": 12.5, "args": {"External id": 3, "Input Dims": [[1, 2], []]}},
  {"ph": "X", "cat": "python_function", "name": "C:\\dir\\", "pid": 7, "tid": 7, "ts": 1712195495406753, "dur": 1},
  {"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1712195495406755.001, "dur": 2, "args": {"device": 0, "stream": 7, "correlation": 9, "grid": [4, 2, 1], "block": [32, 1, 1], "registers per thread": NaN}},
  {"ph": "X", "cat": "cpu_op", "name": "say "hi"", "pid": 7, "tid": 7, "ts": 1712195495406760, "dur": 1}, , 5,
  {"ph": "i", "cat": "cpu_instant_event", "name": "[memory]", "pid": 7, "tid": 7, "ts": 1712195495406761, "args": {"Total Allocated": 512, "Bytes": 512, "Device Id": 0, "Device Type": 1}},
  {"ph": "B", "name": "open", "pid": 7, "tid": 8, "ts": 1712195495406762},
  {"ph": "s", "id": 1, "cat": "fwdbwd", "name": "fwdbwd", "pid": 7, "tid": 7, "ts": 1712195495406763},
  {"broken": }, {"ph": "X", "name":
  ], "baseTimeNanoseconds": 5, "record_shapes": 1 }
  rest`)

/** Everything a sink was told, in order of each kind. */
const told = async (bytes: Uint8Array, chunkBytes: number) => {
  const {
    tracks,
    slices,
    flows,
    counters,
    devices,
    unreadPlaces,
    notices,
    told: origin,
    names,
  } = await readTrace(bytes, {
    chunkBytes,
  })
  return { tracks, slices, flows, counters, devices, unreadPlaces, notices, origin, names }
}

test('however the bytes are cut into chunks, the same is told', async () => {
  const whole = await told(MIXED, 2 ** 20)
  expect(whole.slices.map(({ name }) => name)).toEqual(['aten::é', 'C:\\dir\\', 'k', 'say "hi"', 'open'])
  for (const chunkBytes of [1, 2, 3, 5, 17, 64, 333, 1000]) expect(await told(MIXED, chunkBytes)).toEqual(whole)
})

test('cut anywhere, it reads or says why, and what it reads is a part of the whole', async () => {
  const whole = await told(MIXED, 2 ** 20)
  await fc.assert(
    fc.asyncProperty(fc.nat(MIXED.length), fc.integer({ min: 1, max: 200 }), async (length, chunkBytes) => {
      const cut = MIXED.slice(0, length)
      const reading = told(cut, chunkBytes).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'FORMAT_BROKEN' })
        return undefined
      })
      const part = await reading
      if (part === undefined) return
      const names = part.slices.map(({ name }) => name)
      expect(whole.slices.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
      if (length < MIXED.lastIndexOf(0x7d)) expect(part.unreadPlaces.length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})

test.skipIf(withoutSamples).each(['kineto/rocm6.2_mi250_minitoy_train.json.gz', 'kineto/torch1.8_cpu_ops_only.json'])(
  '%s: byte by byte, the same is told',
  async file => {
    const bytes = traceBytes(file)
    expect(await told(bytes, 1)).toEqual(await told(bytes, 2 ** 20))
  },
)
