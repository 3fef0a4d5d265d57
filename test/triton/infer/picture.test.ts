import sharp from 'sharp'
import { expect, test } from 'vitest'
import { ImagePreparation } from '#domain/server.ts'
import { valueReader } from '../../../src-main/triton/data/datatypes.ts'
import { type PictureInput, preparePicture } from '../../../src-main/triton/data/picture.ts'

/** Two by two: red, green over blue, white. */
const PIXELS = Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
const png = () =>
  sharp(PIXELS, { raw: { width: 2, height: 2, channels: 3 } })
    .png()
    .toBuffer()

async function values(file: Uint8Array, input: Partial<PictureInput>, preparation = {}) {
  const whole = { name: 'x', datatype: 'FP32' as const, itemShape: [3, 2, 2], ...input }
  const made = await preparePicture(file, whole, ImagePreparation.parse(preparation), 'x.png')
  const datatype = whole.datatype === 'BYTES' ? 'UINT8' : whole.datatype
  const reader = valueReader(datatype, made.data)
  return { ...made, values: Array.from({ length: reader.count }, (_, i) => reader.number(i)) }
}

test('channels first, red plane before green before blue, 0 to 1', async () => {
  const { values: got, facts, itemShape } = await values(await png(), {})
  expect(got).toEqual([1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1])
  expect(itemShape).toEqual([3, 2, 2])
  expect(facts).toMatchObject({
    picture: 'PNG, 2 × 2',
    layout: 'NCHW',
    colours: 'rgb',
    mean: [0, 0, 0],
    std: [1, 1, 1],
  })
})

test('channels last, BGR, mean and deviation by channel', async () => {
  const { values: got } = await values(
    await png(),
    { itemShape: [2, 2, 3] },
    { colours: 'bgr', scale: 1, mean: [0, 0, 55], std: [1, 1, 2] },
  )
  // Channel 2 is red here: (255 − 55) ÷ 2 = 100, and −27.5 where there is none.
  expect(got).toEqual([0, 0, 100, 0, 255, -27.5, 255, 0, -27.5, 255, 255, 100])
})

test('whole numbers keep their pixels, unless a scale says else, and are clipped', async () => {
  const pixels = await values(await png(), { datatype: 'UINT8', itemShape: [2, 2, 3] })
  expect(pixels.values).toEqual([...PIXELS])
  expect(pixels.facts.value).toContain('pixel · 1')
  const signed = await values(await png(), { datatype: 'INT8', itemShape: [2, 2, 3] }, { scale: 1 })
  expect(Math.max(...signed.values)).toBe(127)
})

test("one channel is grey, a free size is the picture's, sizes told win", async () => {
  const grey = await values(await png(), { itemShape: [1, -1, -1] })
  expect(grey.itemShape).toEqual([1, 2, 2])
  expect(grey.facts.colours).toBe('grey')
  expect(grey.values[3]).toBe(1)
  expect((await values(await png(), { itemShape: [2, 2] })).itemShape).toEqual([2, 2])
  expect((await values(await png(), { itemShape: [-1, -1, 3] }, { width: 5, height: 4 })).itemShape).toEqual([4, 5, 3])
})

test('a picture is turned as its camera says, transparency is dropped', async () => {
  const wide = await sharp({
    create: { width: 4, height: 2, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .withMetadata({ orientation: 6 })
    .toBuffer()
  const { facts, values: got } = await values(wide, { itemShape: [3, -1, -1] })
  expect(facts.picture).toBe('PNG, 2 × 4')
  expect(got.slice(0, 8)).toEqual(Array(8).fill(1))
})

test('JPEG, WebP and GIF are read too', async () => {
  const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: '#ffffff' } })
  for (const file of [
    await picture.jpeg().toBuffer(),
    await picture.webp().toBuffer(),
    await picture.gif().toBuffer(),
  ]) {
    const { values: got } = await values(file, { itemShape: [3, 4, 4] })
    expect(Math.min(...got)).toBeGreaterThan(0.98)
  }
})

test('what is no picture, or half of one, is invalid data and nothing worse', async () => {
  const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
    .png()
    .toBuffer()
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/passwd"/></svg>')
  // A signature, and after it a size of 2^31 − 1 by 2^31 − 1.
  const bomb = Buffer.concat([whole.subarray(0, 16), Buffer.from('7fffffff7fffffff', 'hex'), whole.subarray(24)])
  for (const file of [Buffer.alloc(0), Buffer.from('GIF89a'), whole.subarray(0, whole.length / 2), svg, bomb]) {
    await expect(values(file, {})).rejects.toMatchObject({ code: 'DATA_INVALID', data: { where: 'x.png' } })
  }
})

test('an input that no picture fills says what one fills', async () => {
  for (const itemShape of [[7, 2, 2], [10], [3, 2, 2, 2]])
    await expect(values(await png(), { itemShape })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
  await expect(values(await png(), {}, { mean: [1, 2] })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
  await expect(values(await png(), {}, { colours: 'grey' })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
})
