import { CATEGORY, SLICE_CATEGORIES } from '#domain/trace-category.ts'
import type { IndexStorage, Lane } from './define.ts'
import type { LaneExtent } from './lanes.ts'
import type { LinkedTrack } from './links.ts'
import { TreeBuilder } from './tree.ts'

/** Goes over all slices once they are in order: pyramid, counts, span. */
export class Survey {
  readonly byCategory: number[] = SLICE_CATEGORIES.map(() => 0)
  readonly #tree: TreeBuilder
  #first = 0

  constructor(storage: IndexStorage, slices: number) {
    this.#tree = new TreeBuilder(storage, slices)
  }

  get nodes(): number {
    return this.#tree.nodes
  }

  /** Gone over so far. */
  get slices(): number {
    return this.#first
  }

  /** Lanes of a track, which follow each other in every column. */
  lanes(extents: readonly LaneExtent[], track: number, firstIndex: number): Lane[] {
    this.#tree.countByCategory.fill(0)
    return extents.map((extent, depth) => {
      const first = this.#first
      this.#first += extent.count
      return { index: firstIndex + depth, track, depth, first, ...extent, levels: this.#tree.lane(first, extent.count) }
    })
  }

  /** The track of these lanes, the last given. */
  linkedTrack(scope: string, lanes: readonly Lane[]): LinkedTrack {
    let categories = 0
    this.#tree.countByCategory.forEach((count, category) => {
      this.byCategory[category] = (this.byCategory[category] ?? 0) + count
      if (count > 0) categories |= 1 << category
    })
    const slices = lanes.reduce((sum, { count }) => sum + count, 0)
    return { scope, first: lanes[0]?.first ?? this.#first, slices, lanes, categories }
  }

  /** First start and last end, without the profiler's own cost where there is anything else. */
  span(): { startNs: number; endNs: number } {
    const { firstStart, lastEnd } = this.#tree
    const all = SLICE_CATEGORIES.map((_, category) => category)
    const but = all.filter(category => category !== CATEGORY.overhead)
    const wanted = but.some(category => (this.byCategory[category] ?? 0) > 0) ? but : all
    const startNs = Math.min(...wanted.map(category => firstStart[category] ?? 0))
    if (!Number.isFinite(startNs)) return { startNs: 0, endNs: 0 }
    return { startNs, endNs: Math.max(...wanted.map(category => lastEnd[category] ?? 0)) }
  }
}
