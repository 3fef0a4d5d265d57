import { describe, expect, test } from 'vitest'
import type { SliceCategory } from '../../../src-main/domain/trace-category.ts'
import { compileFacts } from '../../../src-main/traces/compile-facts.ts'
import { Timeline } from '../../helpers/timeline.ts'

const MS = 1e6
const stretch = { startNs: 0, endNs: 1000 * MS }

class Host extends Timeline {
  readonly host = this.thread('1')
  readonly gpu = this.stream()

  /** Times in ms. */
  did(category: SliceCategory, name: string, startMs: number, endMs: number): this {
    this.add(this.host, category, name, startMs * MS, endMs * MS)
    return this
  }

  works(startMs: number, endMs: number): this {
    this.add(this.gpu, 'kernel', 'kernel', startMs * MS, endMs * MS)
    return this
  }
}

describe('compiling is found by name', () => {
  test.each<[SliceCategory, string]>([
    ['annotation', '_compile.compile_inner (dynamo_timed)'],
    ['python', 'torch/_dynamo/convert_frame.py(610): _compile'],
    ['python', '/site-packages/torch/_inductor/compile_fx.py(420): compile_fx_inner'],
    ['python', 'triton/compiler/compiler.py(226): compile'],
    ['runtime', 'cuModuleLoadDataEx'],
    ['runtime', 'cuLibraryLoadData'],
    ['runtime', 'hipModuleLoad'],
    ['overhead', 'Lazy Function Loading'],
  ])('%s %s', (category, name) => {
    expect(compileFacts(new Host().did(category, name, 10, 30).index(), stretch)).toEqual([
      { name, count: 1, totalNs: 20 * MS },
    ])
  })

  test.each<[SliceCategory, string]>([
    ['annotation', 'Torch-Compiled Region: 0/0'],
    ['annotation', '## Call CompiledFxGraph abc ##'],
    ['python', 'torch/_inductor/compile_fx.py(1180): run'],
    ['python', 'torch/_inductor/codecache.py(900): __call__'],
    ['python', 'triton/compiler/compiler.py(481): run'],
    ['overhead', 'Activity Buffer Request'],
    ['op', 'aten::compiled_thing'],
  ])('not running what was compiled: %s %s', (category, name) => {
    expect(compileFacts(new Host().did(category, name, 10, 30).index(), stretch)).toEqual([])
  })

  test('what lies inside another, or outside of the stretch, does not count again', () => {
    const host = new Host()
      .did('annotation', 'a (dynamo_timed)', 10, 50)
      .did('annotation', 'b (dynamo_timed)', 20, 40)
      .did('annotation', 'a (dynamo_timed)', 990, 1400)
    expect(compileFacts(host.index(), stretch)).toEqual([{ name: 'a (dynamo_timed)', count: 2, totalNs: 50 * MS }])
  })
})

describe('a first use is a call far longer than others of its name', () => {
  const short = (host: Host, name: string) => {
    for (let i = 0; i < 9; i++) host.did('runtime', name, 500 + i, 500 + i + 0.01)
    return host
  }

  test('while the device had no work', () => {
    const host = short(new Host().did('runtime', 'cudaLaunchKernel', 10, 30), 'cudaLaunchKernel')
    expect(compileFacts(host.index(), stretch)).toEqual([
      { name: 'first use: cudaLaunchKernel', count: 1, totalNs: 20 * MS },
    ])
  })

  test('while it worked, the call may have waited for a full queue', () => {
    const host = short(new Host().did('runtime', 'cudaLaunchKernel', 10, 30).works(0, 100), 'cudaLaunchKernel')
    expect(compileFacts(host.index(), stretch)).toEqual([])
  })

  test('a name whose calls are all long has none', () => {
    const host = new Host()
    for (let i = 0; i < 9; i++) host.did('runtime', 'cudaHostAlloc', i * 30, i * 30 + 20)
    expect(compileFacts(host.index(), stretch)).toEqual([])
  })

  test('a wait is no first use', () => {
    const host = new Host().did('sync', 'cudaStreamSynchronize', 10, 30)
    for (let i = 0; i < 9; i++) host.did('sync', 'cudaStreamSynchronize', 500 + i, 500 + i + 0.01)
    expect(compileFacts(host.index(), stretch)).toEqual([])
  })
})
