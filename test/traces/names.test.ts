import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NameTable } from '../../src-main/traces/name-table.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'
import { indexOf } from './random-traces.ts'

const encode = (text: string) => new TextEncoder().encode(text)

test('equal texts have equal ids, told as text or as bytes anywhere in a buffer, in memory or on disk', {
  timeout: 30_000,
}, () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('a', 'b', '')), fc.boolean()),
      ),
      fc.constantFrom(0, 10, 1000),
      (told, inMemory) => {
        const names = new NameTable(new MemoryStorage(), inMemory)
        const known = new Map<string, number>()
        for (const [text, asBytes] of told) {
          const bytes = encode(`<<${text}>>`)
          const id = asBytes ? names.ofBytes(bytes, 2, bytes.length - 2) : names.ofText(text)
          const wellFormed = text.toWellFormed()
          expect(id).toBe(known.get(wellFormed) ?? known.size + 1)
          known.set(wellFormed, id)
        }
        expect(names.count).toBe(known.size)
      },
    ),
    { numRuns: 40 },
  )
})

test('bytes that are no UTF-8 are the text that any decoder makes of them', () => {
  const names = new NameTable(new MemoryStorage())
  const broken = Uint8Array.of(0x61, 0xff, 0x62)
  const id = names.ofBytes(broken, 0, 3)
  expect(names.ofText('a\uFFFDb')).toBe(id)
  expect(names.ofBytes(Uint8Array.of(0x61, 0xfe, 0x62), 0, 3)).toBe(id)
  expect(names.count).toBe(1)
})

test('a name is read back as it was told, byte order mark and all', () => {
  const texts = ['aten::add', '', 'größe', '\uFEFFmark', '日本', 'x'.repeat(5000)]
  const { index } = indexOf([], {
    more: builder => expect(texts.map(text => builder.name(text))).toEqual([1, 2, 3, 4, 5, 6]),
  })
  expect(texts.map((_, at) => index.name(at + 1))).toEqual(texts)
  expect([0, 7, -1, 1.5].map(id => index.name(id))).toEqual(['', '', '', ''])
  expect(index.namesWhere(name => name.length === 2)).toEqual([5])
})

test('many names keep their ids', () => {
  const { index } = indexOf([], {
    more: builder => {
      for (const round of [1, 2])
        for (let at = 1; at <= 20_000; at++) {
          const bytes = encode(`ProfilerStep#${at}`)
          const id = round === 1 ? builder.nameOfBytes(bytes, 0, bytes.length) : builder.name(`ProfilerStep#${at}`)
          if (id !== at) throw new Error(`${at} became ${id}`)
        }
    },
  })
  expect(index.manifest.names).toBe(20_000)
  expect(index.name(12_345)).toBe('ProfilerStep#12345')
})

test('an endless name is cut between characters, and that is said', () => {
  const { index, manifest } = indexOf([], {
    more: builder => {
      const bytes = encode('é'.repeat(10_000))
      expect(builder.nameOfBytes(bytes, 0, bytes.length)).toBe(builder.name('é'.repeat(10_000)))
      expect(builder.nameOfBytes(bytes, 0, 2)).toBe(2)
    },
  })
  expect(index.name(1)).toBe('é'.repeat(8192))
  expect(manifest.notices).toEqual(['2 names were longer than 16 KiB and are cut'])
})
