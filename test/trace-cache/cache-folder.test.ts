import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CacheFolder, FILES } from '../../src-main/trace-cache/cache-folder.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const sha = (letter: string) => letter.repeat(64)

/** An index of 1000 bytes, last used `agoSec` seconds ago. */
function put(cache: CacheFolder, sha256: string, agoSec: number): string {
  const unfinished = cache.begin()
  writeFileSync(join(unfinished, 'start'), new Uint8Array(1000))
  writeFileSync(join(unfinished, FILES.result), '')
  const folder = cache.keep(unfinished, sha256)
  const used = new Date(Date.now() - agoSec * 1000)
  utimesSync(folder, used, used)
  return folder
}

test('an index is found by its content once it is whole, and only by the version that made it', () => {
  const root = tempFolder()
  const cache = new CacheFolder(root, 1)
  const unfinished = cache.begin()
  expect(cache.find(sha('a'))).toBeUndefined()
  writeFileSync(join(unfinished, FILES.result), '')
  const folder = cache.keep(unfinished, sha('a'))
  expect(cache.find(sha('a'))).toBe(folder)
  expect(existsSync(unfinished)).toBe(false)
  expect(new CacheFolder(root, 2).find(sha('a'))).toBeUndefined()
})

test('of two programs that make the same index, the first one stays', () => {
  const cache = new CacheFolder(tempFolder(), 1)
  const first = put(cache, sha('a'), 0)
  writeFileSync(join(first, 'first'), '')
  expect(put(cache, sha('a'), 0)).toBe(first)
  expect(existsSync(join(first, 'first'))).toBe(true)
})

test('a partial index stands beside the whole one and is replaced by a later one', () => {
  const cache = new CacheFolder(tempFolder(), 1)
  const partial = cache.begin()
  writeFileSync(join(partial, FILES.result), 'first')
  cache.keep(partial, sha('a'), { partial: true })
  expect(cache.find(sha('a'))).toBeUndefined()
  const again = cache.begin()
  writeFileSync(join(again, FILES.result), 'second')
  writeFileSync(join(again, 'more'), '')
  const kept = cache.keep(again, sha('a'), { partial: true })
  expect(cache.find(sha('a'), { partial: true })).toBe(kept)
  expect(readdirSync(kept).toSorted()).toEqual(['more', FILES.result])
})

test('what was used longest ago goes first, never what is in use, and no more than needed', () => {
  const cache = new CacheFolder(tempFolder(), 1)
  const [oldest, older, newer] = [put(cache, sha('a'), 300), put(cache, sha('b'), 200), put(cache, sha('c'), 100)]
  const end = cache.use(oldest)
  utimesSync(oldest, new Date(0), new Date(0)) // in use, but not touched for long
  expect(cache.shrink(2500)).toBe(1000)
  expect([oldest, older, newer].map(existsSync)).toEqual([true, false, true])
  end()
  utimesSync(oldest, new Date(0), new Date(0))
  expect(cache.shrink(1500)).toBe(1000)
  expect([oldest, newer].map(existsSync)).toEqual([false, true])
})

test('a mark of a process that died does not keep an index, nor does a folder it left unfinished stay', () => {
  const root = tempFolder()
  const cache = new CacheFolder(root, 1)
  const folder = put(cache, sha('a'), 100)
  writeFileSync(join(folder, 'in-use-4194999-0123abcd'), '')
  const abandoned = join(root, 'unfinished-4194999-0123abcd')
  mkdirSync(abandoned)
  const own = cache.begin()
  cache.shrink(10_000)
  expect([folder, abandoned, own].map(existsSync)).toEqual([true, false, true])
  cache.shrink(0)
  expect([folder, own].map(existsSync)).toEqual([false, true])
})

test('indexes of another version go at once; what is no index of ours stays', () => {
  const root = tempFolder()
  const old = put(new CacheFolder(root, 1), sha('a'), 0)
  const other = join(root, 'something else')
  mkdirSync(other)
  writeFileSync(join(root, 'known-files.json'), '[]')
  new CacheFolder(root, 2).shrink(10_000)
  expect([old, other, join(root, 'known-files.json')].map(existsSync)).toEqual([false, true, true])
})
