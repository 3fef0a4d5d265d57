import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright'

/**
 * Renders resources/icon.svg to what the systems want: `node resources/render-icons.ts`, after the drawing changed.
 * Needs a Chromium: CHROMIUM names it, else Debian's. The results are committed.
 */
const here = import.meta.dirname
/** Sizes in a Windows icon file; 256 is the largest it can hold. */
const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256]
/** Types of an Apple icon file that hold a PNG, by size in pixels. @see Apple's "icns" types ic11, ic12, ic07 to ic10 */
const ICNS_TYPES: readonly [type: string, size: number][] = [
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
]

type Images = ReadonlyMap<number, Uint8Array>

const svg = await readFile(join(here, 'icon.svg'), 'utf8')
const images = await render(svg, [...new Set([...ICO_SIZES, ...ICNS_TYPES.map(([, size]) => size)])])
writeFileSync(join(here, 'icon.png'), image(images, 512))
writeFileSync(join(here, 'icon.ico'), icoFile(images))
writeFileSync(join(here, 'icon.icns'), icnsFile(images))

async function render(drawing: string, sizes: readonly number[]): Promise<Images> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  try {
    const page = await browser.newPage()
    const rendered = new Map<number, Uint8Array>()
    for (const size of sizes) {
      await page.setViewportSize({ width: size, height: size })
      await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${drawing}`)
      rendered.set(size, await page.screenshot({ omitBackground: true }))
    }
    return rendered
  } finally {
    await browser.close()
  }
}

function image(from: Images, size: number): Uint8Array {
  const png = from.get(size)
  if (png === undefined) throw new Error(`No image of ${size} px was rendered`)
  return png
}

/** Header, a directory entry of 16 bytes for each image, then the PNGs as they are (allowed since Windows Vista). */
function icoFile(from: Images): Uint8Array {
  const header = Buffer.alloc(6 + 16 * ICO_SIZES.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(ICO_SIZES.length, 4)
  let offset = header.length
  for (const [index, size] of ICO_SIZES.entries()) {
    const at = 6 + 16 * index
    const { length } = image(from, size)
    header.writeUInt8(size % 256, at)
    header.writeUInt8(size % 256, at + 1)
    header.writeUInt16LE(1, at + 4)
    header.writeUInt16LE(32, at + 6)
    header.writeUInt32LE(length, at + 8)
    header.writeUInt32LE(offset, at + 12)
    offset += length
  }
  return Buffer.concat([header, ...ICO_SIZES.map(size => image(from, size))])
}

/** 'icns' and the file's length, then each image behind its type and length; lengths include their own 8 bytes. */
function icnsFile(from: Images): Uint8Array {
  const chunk = (type: string, content: Uint8Array) => {
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(8 + content.length, 4)
    return Buffer.concat([head, content])
  }
  return chunk('icns', Buffer.concat(ICNS_TYPES.map(([type, size]) => chunk(type, image(from, size)))))
}
