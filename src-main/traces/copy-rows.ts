import type { CopyRow } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from './define.ts'
import { insideNs } from './duration-groups.ts'
import { categorySet, hasAny } from './duration-rows.ts'
import { durationStats } from './duration-stats.ts'
import { lanesHaving } from './lane-categories.ts'
import { NumberList } from './number-list.ts'
import { limited, moreNames } from './row-limit.ts'
import { eachSlice, type Stretch } from './slice-reader.ts'

const COPIES = categorySet('memcpy', 'memset')

interface Copies {
  name: string
  category: CopyRow['category']
  durations: NumberList
  /** Of those that told it. */
  bytes: NumberList
  totalNs: number
}

/**
 * Copies and fills by direction, as named (`domain/copy-kind.ts` gives the label under which nsys lists the same).
 * Sums of time are those of `nsys stats` cuda_gpu_mem_time_sum, of bytes those of cuda_gpu_mem_size_sum.
 */
export function copyRows(index: TraceIndex, lanes: readonly Lane[], stretch: Stretch | undefined): CopyRow[] {
  if (!hasAny(index, COPIES)) return []
  const byKey = new Map<number, Copies>()
  eachSlice(index, lanesHaving(index, lanes, COPIES), stretch, ['name'], reader => {
    const category = reader.category[reader.i] ?? 0
    if (COPIES[category] === 0) return
    const ns = insideNs(reader, stretch)
    if (Number.isNaN(ns)) return
    const isFill = category === CATEGORY.memset
    const name = reader.name[reader.i] ?? 0
    const key = name * 2 + (isFill ? 1 : 0)
    let copies = byKey.get(key)
    if (copies === undefined) {
      const list = { durations: new NumberList(), bytes: new NumberList(), totalNs: 0 }
      copies = { name: index.name(name), category: isFill ? 'memset' : 'memcpy', ...list }
      byKey.set(key, copies)
    }
    copies.durations.push(ns)
    copies.totalNs += ns
    const bytes = index.bytesOf(reader.slice)
    if (!Number.isNaN(bytes)) copies.bytes.push(bytes)
  })
  const all = [...byKey.values()].sort((a, b) => b.totalNs - a.totalNs || (a.name < b.name ? -1 : 1))
  return limited(all, rowOf, together)
}

function rowOf({ name, category, durations, bytes }: Copies): CopyRow {
  const row = { ...durationStats(name, durations.values()), category }
  if (bytes.length === 0) return row
  const size = durationStats('', bytes.values())
  return {
    ...row,
    totalBytes: size.totalNs,
    avgBytes: size.avgNs,
    medianBytes: size.medianNs,
    minBytes: size.minNs,
    maxBytes: size.maxNs,
    stdBytes: size.stdNs,
  }
}

function together(rest: readonly Copies[]): CopyRow {
  const all: Copies = {
    name: moreNames(rest.length),
    category: 'memcpy',
    durations: new NumberList(),
    bytes: new NumberList(),
    totalNs: 0,
  }
  for (const { durations, bytes } of rest) {
    all.durations.append(durations)
    all.bytes.append(bytes)
  }
  return rowOf(all)
}
