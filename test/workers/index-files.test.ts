import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EngineError } from '../../src-main/domain/errors.ts'
import { IndexFiles } from '../../src-main/workers/index-files.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const bytesOf = (length: number, seed: number) => Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 0xff)

test('whatever is appended, read and removed, files give what memory gives', () => {
  let folder = 0
  const base = tempFolder()
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constant('append'), fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 255 })),
    },
    {
      weight: 6,
      arbitrary: fc.tuple(
        fc.constant('read'),
        fc.integer({ min: 0, max: 200_000 }),
        fc.integer({ min: 0, max: 80_000 }),
      ),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constant('remove'), fc.constant(0), fc.constant(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('reopen'), fc.constant(0), fc.constant(0)) },
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('start', 'name-text'), step), { maxLength: 30 }), steps => {
      const path = join(base, String(folder++))
      const memory = new MemoryStorage()
      let files = new IndexFiles(path, { cacheBytes: 40_000 })
      for (const [section, [what, a, b]] of steps) {
        if (what === 'append') for (const storage of [memory, files]) storage.append(section, bytesOf(a, b))
        else if (what === 'remove') for (const storage of [memory, files]) storage.remove(section)
        else if (what === 'reopen') {
          files.close()
          files = new IndexFiles(path, { cacheBytes: 40_000 })
        } else {
          const size = memory.size(section)
          const from = size === 0 ? 0 : a % size
          const [wanted, found] = [new Uint8Array(Math.min(b, size - from)), new Uint8Array(Math.min(b, size - from))]
          memory.read(section, from, wanted)
          files.read(section, from, found)
          expect(Buffer.compare(found, wanted)).toBe(0)
          expect(() => files.read(section, size, new Uint8Array(1))).toThrow(EngineError)
        }
        expect(files.size(section)).toBe(memory.size(section))
      }
      files.close()
    }),
    { numRuns: 40 },
  )
})

test('a section that was cut behind our back is an error that says what to do', () => {
  const folder = tempFolder()
  const files = new IndexFiles(folder)
  files.append('start', bytesOf(300_000, 1))
  files.close()
  const again = new IndexFiles(folder)
  expect(again.size('start')).toBe(300_000)
  truncateSync(join(folder, 'start'), 1000)
  expect(() => again.read('start', 200_000, new Uint8Array(100))).toThrow(
    expect.objectContaining({
      code: 'FILE_UNREADABLE',
      data: expect.objectContaining({ where: join(folder, 'start') }),
    }),
  )
  again.close()
})

test('a place where no folder can be made is named', () => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'file'), '')
  expect(() => new IndexFiles(join(folder, 'file', 'index'))).toThrow(
    expect.objectContaining({
      code: 'FILE_UNWRITABLE',
      data: expect.objectContaining({ where: join(folder, 'file', 'index') }),
    }),
  )
  mkdirSync(join(folder, 'start'))
  const files = new IndexFiles(folder)
  expect(() => {
    files.append('start', bytesOf(10, 1))
    files.close()
  }).toThrow(EngineError)
})

test('a section is a file of its name, and nothing outside the folder', () => {
  const folder = tempFolder()
  const files = new IndexFiles(folder)
  expect(() => files.append('../outside', bytesOf(1, 1))).toThrow(RangeError)
  files.append('start', bytesOf(1, 1))
  files.close()
  expect(readdirSync(folder)).toEqual(['start'])
})

const withoutFullDevice = !existsSync('/dev/full')
if (withoutFullDevice) console.warn('Skipped: no /dev/full here to imitate a full disk')

test.skipIf(withoutFullDevice)('a full disk is named, the other sections are closed all the same', () => {
  const folder = tempFolder()
  symlinkSync('/dev/full', join(folder, 'name'))
  const files = new IndexFiles(folder)
  files.append('name', bytesOf(100, 1))
  files.append('start', bytesOf(100, 1))
  expect(() => files.close()).toThrow(
    expect.objectContaining({ code: 'DISK_FULL', data: expect.objectContaining({ where: join(folder, 'name') }) }),
  )
  expect(readFileSync(join(folder, 'start')).length).toBe(100)
  files.close()
})
