import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const resource = (name: string) => readFileSync(new URL(`../../resources/${name}`, import.meta.url))
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
/** Width and height stand first in the first chunk of a PNG. */
const pngSize = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)]

test('icon.png is 512 × 512', () => {
  expect(pngSize(resource('icon.png'))).toEqual([512, 512])
})

test('icon.ico holds a PNG of the announced size at every announced place', () => {
  const ico = resource('icon.ico')
  const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, index) => {
    const at = 6 + 16 * index
    const png = ico.subarray(ico.readUInt32LE(at + 12), ico.readUInt32LE(at + 12) + ico.readUInt32LE(at + 8))
    expect(png.subarray(0, 8)).toEqual(PNG)
    const announced = ico.readUInt8(at) || 256
    expect(pngSize(png)).toEqual([announced, announced])
    return announced
  })
  expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256])
})

test('icon.icns is as long as it says and holds PNGs up to 1024 pixels', () => {
  const icns = resource('icon.icns')
  expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length])
  const sizes: Record<string, number | undefined> = {}
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) {
    const png = icns.subarray(at + 8, at + icns.readUInt32BE(at + 4))
    expect(png.subarray(0, 8)).toEqual(PNG)
    sizes[icns.toString('latin1', at, at + 4)] = pngSize(png)[0]
  }
  expect(sizes).toEqual({ ic11: 32, ic12: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024 })
})
