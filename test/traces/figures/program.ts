import type { SliceCategory } from '../../../src-main/domain/trace-category.ts'
import { Timeline, type TimelineSlice } from '../../helpers/timeline.ts'

/** One thread, one device: calls, and what they launched. */
export class Program extends Timeline {
  readonly host = this.thread('1')
  readonly gpu = this.stream(0, '7')

  call(name: string, from: number, to: number, category: SliceCategory = 'runtime'): TimelineSlice {
    return this.add(this.host, category, name, from, to)
  }

  /** Work of its category's name, unless told otherwise. */
  work(
    call: TimelineSlice | undefined,
    from: number,
    to: number,
    category: SliceCategory = 'kernel',
    more: Partial<TimelineSlice> = {},
  ): TimelineSlice {
    return this.add(this.gpu, category, more.name ?? category, from, to, { ...more, ...(call && { launchedBy: call }) })
  }
}
