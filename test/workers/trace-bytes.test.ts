import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ByteStream } from '#domain/trace-feed.ts'
import { seededRandom } from '#stats/random.ts'
import { hashFile } from '../../src-main/workers/file-hash.ts'
import { fileHash } from '../../src-main/workers/file-hash-thread.ts'
import { fileBytes, inflatedBytes, type ReadState } from '../../src-main/workers/trace-bytes.ts'
import { KeptText, keptText } from '../../src-main/workers/trace-text.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** Bytes that compress a little, as text does. */
function someBytes(length: number, seed = 1): Uint8Array {
  const random = seededRandom(seed)
  return Uint8Array.from({ length }, () => 32 + Math.floor(40 * random.uniform()))
}

async function all(bytes: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function fileOf(bytes: Uint8Array): string {
  const path = join(tempFolder(), 'trace')
  writeFileSync(path, bytes)
  return path
}

async function inflated(bytes: Uint8Array): Promise<{ text: Buffer; state: ReadState }> {
  const state: ReadState = { bytesRead: 0 }
  const text = await all(inflatedBytes(fileBytes(fileOf(bytes), state), state))
  return { text, state }
}

test('a file comes as it is, longer than any chunk', async () => {
  const bytes = someBytes(2_500_000)
  const state: ReadState = { bytesRead: 0 }
  expect((await all(fileBytes(fileOf(bytes), state))).equals(bytes)).toBe(true)
  expect(state).toEqual({ bytesRead: bytes.length })
})

test('every member of a gzip file is inflated', async () => {
  const parts = [someBytes(1_200_000), someBytes(10, 2), someBytes(300_000, 3)]
  const { text, state } = await inflated(Buffer.concat(parts.map(part => gzipSync(part))))
  expect(text.equals(Buffer.concat(parts))).toBe(true)
  expect(state.cutOff).toBeUndefined()
})

test('of a gzip file that is cut or damaged, everything before comes, and the end is said', async () => {
  const bytes = someBytes(3_000_000)
  const packed = gzipSync(bytes)
  const cut = await inflated(packed.subarray(0, packed.length / 2))
  expect(cut.state.cutOff).toContain('ends early or is damaged')
  expect(cut.text.length).toBeGreaterThan(1_300_000)
  expect(cut.text.equals(bytes.subarray(0, cut.text.length))).toBe(true)
  const broken = Buffer.from(packed)
  broken.fill(0xff, packed.length / 2, packed.length / 2 + 50)
  const damaged = await inflated(broken)
  expect(damaged.state.cutOff).toBeDefined()
  expect(damaged.text.length).toBeGreaterThan(1_000_000)
  // The checksum at the very end: nearly all the text is there, but it is not to be trusted silently.
  const wrongSum = Buffer.from(packed)
  wrongSum.writeUInt32LE(0, packed.length - 8)
  const suspect = await inflated(wrongSum)
  expect(suspect.text.length).toBeGreaterThan(bytes.length - 2 ** 16)
  expect(suspect.state.cutOff).toContain('damaged')
})

test('a reader that stops early leaves nothing open and nothing unhandled', async () => {
  const state: ReadState = { bytesRead: 0 }
  const path = fileOf(gzipSync(someBytes(4_000_000)))
  for await (const chunk of inflatedBytes(fileBytes(path, state), state)) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  expect(state.cutOff).toBeUndefined()
})

test('a text that was kept can be read from any place', async () => {
  const bytes = someBytes(2_600_001)
  const path = join(tempFolder(), 'text.zst')
  async function* chunks(): ByteStream {
    for (let from = 0; from < bytes.length; from += 77_777) yield bytes.subarray(from, from + 77_777)
  }
  expect((await all(keptText(chunks(), path))).equals(bytes)).toBe(true)
  const text = await KeptText.open(path)
  expect(text.size).toBe(bytes.length)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length + 10), fc.nat(1_500_000), async (offset, length) => {
      const read = await text.read(offset, length)
      expect(Buffer.from(read).equals(bytes.subarray(offset, offset + length))).toBe(true)
    }),
    { numRuns: 50, seed: 20261121 },
  )
  await text.close()
})

test('a large file is hashed by a thread, a small one here: the same hash', async () => {
  const path = fileOf(someBytes(9_000_000))
  expect(await hashFile(path, 9_000_000)).toBe(fileHash(path))
  expect(await hashFile(path, 100)).toBe(fileHash(path)) // as for a small file
  await expect(hashFile(join(tempFolder(), 'none'), 9_000_000)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})
