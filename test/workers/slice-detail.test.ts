import { expect, test } from 'vitest'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { TraceBuilder } from '../../src-main/traces/builder.ts'
import { openIndex } from '../../src-main/traces/open-index.ts'
import { sliceDetail } from '../../src-main/workers/slice-detail.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'

const { op, runtime, kernel } = CATEGORY

test('a flow is told at both of its ends, a launch as a launch alone', () => {
  const storage = new MemoryStorage()
  const builder = new TraceBuilder(storage)
  const forward = builder.track('f', { kind: 'thread', title: 'f', group: 'cpu' })
  const backward = builder.track('b', { kind: 'thread', title: 'b', group: 'cpu' })
  const stream = builder.track('s', { kind: 'stream', title: 's', group: 'GPU 0', device: 0 })
  const tell = (track: number, startNs: number, name: string, category: number, correlation = 0) =>
    builder.slice(track, startNs, 20, builder.name(name), category, correlation, 0, 0, 0)
  tell(forward, 0, 'mm', op)
  tell(forward, 100, 'launch', runtime, 5)
  tell(backward, 500, 'MmBackward0', op)
  tell(backward, 600, 'AccumulateGrad', op)
  tell(stream, 150, 'gemm', kernel, 5)
  for (const [id, atNs] of [
    ['7', 500],
    ['8', 600],
  ] as const) {
    builder.flow('fwdbwd', id, 'start', forward, 0)
    builder.flow('fwdbwd', id, 'end', backward, atNs)
  }
  builder.finish()
  const index = openIndex(storage)
  const linksOf = (name: string) => {
    const slice = [...index.read('name', 0, index.manifest.slices)].findIndex(id => index.name(id) === name)
    return sliceDetail(index, slice)?.links.map(link => [link.relation, link.name])
  }
  expect(linksOf('mm')).toEqual([
    ['forward of', 'MmBackward0'],
    ['forward of', 'AccumulateGrad'],
  ])
  expect(linksOf('MmBackward0')).toEqual([['backward of', 'mm']])
  expect(linksOf('launch')).toEqual([['launches', 'gemm']])
  expect(linksOf('gemm')).toEqual([['launched by', 'launch']])
})
