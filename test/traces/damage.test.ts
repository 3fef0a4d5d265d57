import { expect, test } from 'vitest'
import { EngineError } from '../../src-main/domain/errors.ts'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { openIndex } from '../../src-main/traces/open-index.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'
import { indexOf } from './random-traces.ts'

function made(): MemoryStorage {
  const storage = new MemoryStorage()
  const of = (startNs: number, category: number, correlation: number) => {
    const track = category === CATEGORY.runtime ? 0 : 2
    return { track, startNs, durationNs: 3, name: 'n', category, correlation, bytes: 5 }
  }
  indexOf([of(0, CATEGORY.runtime, 1), of(9, CATEGORY.kernel, 1), of(20, CATEGORY.memcpy, 0)], {
    storage,
    more: builder => builder.counter(1, 5, 5),
  })
  return storage
}

test.each(made().sections())('an index whose section %s is cut short is refused when it is opened', section => {
  const storage = made()
  storage.cut(section, storage.size(section) - 1)
  expect(() => openIndex(storage)).toThrow(EngineError)
})

test.each(made().sections())('an index without section %s is refused when it is opened', section => {
  const storage = made()
  storage.remove(section)
  expect(() => openIndex(storage)).toThrow(EngineError)
})

test('an index of another version, or with a manifest of something else, is refused with the next step', () => {
  for (const text of ['{"version":0}', '[]', 'null', '{', '']) {
    const storage = made()
    storage.remove('manifest')
    storage.append('manifest', new TextEncoder().encode(text))
    expect(() => openIndex(storage)).toThrow(
      expect.objectContaining({ code: 'FORMAT_BROKEN', data: expect.objectContaining({ hint: expect.any(String) }) }),
    )
  }
})

test('names that point outside their text are an error of the index, not a crash', () => {
  const storage = made()
  storage.remove('name-offset')
  storage.append('name-offset', new Uint8Array(Float64Array.of(9, 1).buffer))
  const index = openIndex(storage)
  expect(() => index.name(1)).toThrow(EngineError)
})
