import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { type Format, readHead } from '#formats/define.ts'
import { npy } from '#formats/npy.ts'
import { onnx } from '#formats/onnx.ts'
import { seededRandom } from '#stats/random.ts'
import { FORMATS } from '../../src-main/catalog.ts'
import npyGolden from '../golden/formats/npy.json' with { type: 'json' }
import onnxGolden from '../golden/formats/onnx.json' with { type: 'json' }
import { fromBase64, memorySource } from '../helpers/bytes.ts'
import { mixedInputModel } from '../helpers/onnx-models.ts'

const SAMPLES: readonly (readonly [name: string, format: Format, bytes: Uint8Array])[] = [
  [
    'the bundled model',
    onnx,
    new Uint8Array(readFileSync(new URL('../../resources/sample-model.onnx', import.meta.url))),
  ],
  ['a mixed model', onnx, mixedInputModel()],
  ...onnxGolden.models.map(({ name, file }) => [name, onnx, fromBase64(file)] as const),
  ...npyGolden.arrays.map(({ name, file }) => [`npy ${name}`, npy, fromBase64(file)] as const),
]
const FLIPS = 200
const CUTS = 60

/** Reads, or throws an EngineError with a place and a sentence; anything else is a bug. */
async function readsOrSaysWhy(format: Format, bytes: Uint8Array): Promise<'read' | 'said why'> {
  try {
    await format.read(memorySource(bytes, 'damaged'))
    return 'read'
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    expect(thrown.code).not.toBe('INTERNAL')
    expect(thrown.message).not.toBe('')
    return 'said why'
  }
}

test('every format of the room is in the catalog, once, under its file name', async () => {
  const room = new URL('../../src-main/formats/', import.meta.url)
  const ids: string[] = []
  for (const file of readdirSync(room).filter(name => name.endsWith('.ts'))) {
    const exported: Record<string, unknown> = await import(new URL(file, room).href)
    const isFormat = (value: unknown) => typeof value === 'object' && value !== null && 'sniff' in value
    if (Object.values(exported).some(isFormat)) ids.push(file.replace(/\.ts$/, ''))
  }
  expect(FORMATS.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
})

test.each(SAMPLES)('%s is claimed by its format alone', async (_, format, bytes) => {
  const head = await readHead(memorySource(bytes))
  expect(FORMATS.filter(other => other.sniff(head)).map(({ id }) => id)).toEqual([format.id])
})

test.each(SAMPLES)('%s, cut anywhere, reads or says why', async (_, format, bytes) => {
  const random = seededRandom(1)
  const lengths = new Set([
    0,
    1,
    bytes.length - 1,
    ...Array.from({ length: CUTS }, () => random.uint32() % bytes.length),
  ])
  const outcomes = new Set<string>()
  for (const length of lengths) outcomes.add(await readsOrSaysWhy(format, bytes.subarray(0, length)))
  expect(outcomes).toContain('said why')
})

test.each(SAMPLES)('%s, with bytes changed at random, reads or says why', async (_, format, bytes) => {
  const random = seededRandom(2)
  // The first kilobytes hold what is read; the weights behind them are passed over.
  const reach = Math.min(bytes.length, 2048)
  for (let round = 0; round < FLIPS; round++) {
    const damaged = bytes.slice()
    for (let flips = 1 + (random.uint32() % 4); flips > 0; flips--)
      damaged[random.uint32() % reach] = random.uint32() & 0xff
    await readsOrSaysWhy(format, damaged)
  }
})

test('noise of any kind reads or says why', async () => {
  const random = seededRandom(3)
  for (let round = 0; round < 500; round++) {
    const noise = Uint8Array.from({ length: random.uint32() % 300 }, () => random.uint32() & 0xff)
    await readsOrSaysWhy(onnx, noise)
    await readsOrSaysWhy(npy, Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...noise]))
  }
})
