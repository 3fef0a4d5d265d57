import type { TraceFigures, TraceSource, TraceSummary } from '#domain/trace.ts'
import { CATEGORY, SLICE_CATEGORIES } from '#domain/trace-category.ts'
import type { TraceIndex } from './define.ts'
import { figuresOf } from './figures.ts'
import { tablesOf } from './tables.ts'
import { stepWindows, wholeWindow } from './windows.ts'

/** Steps a summary keeps figures of. */
const MOST_STEPS = 1000
/** Looking into each lane for each step: a trace of very many lanes has fewer steps listed, so that it stays quick. */
const MOST_LOOKS = 2_000_000

/** Everything a session keeps of a trace in figures; of more than 1000 steps the first, and a notice. */
export function summarize(index: TraceIndex, source: TraceSource): TraceSummary {
  const { manifest } = index
  const window = wholeWindow(index)
  const steps = stepWindows(index)
  const listed = steps.slice(0, Math.min(MOST_STEPS, Math.ceil(MOST_LOOKS / Math.max(manifest.lanes.length, 1))))
  return {
    source,
    spanNs: window.endNs - window.startNs,
    counts: countsOf(index),
    unread: manifest.unread,
    notices: [
      ...manifest.notices,
      ...(listed.length < steps.length ? [`Only the first ${listed.length} of ${steps.length} steps are listed`] : []),
    ],
    ...(manifest.partial && { partial: true }),
    hardware: manifest.devices.map(device => ({ ...device })),
    ...figuresOf(index, window),
    ...tablesOf(index),
    steps: listed.map((step): TraceFigures => figuresOf(index, step)),
  }
}

function countsOf({ manifest }: TraceIndex): TraceSummary['counts'] {
  const count = (category: number) => manifest.byCategory[category] ?? 0
  return {
    events: manifest.events,
    slices: manifest.slices,
    tracks: manifest.tracks.length,
    kernels: count(CATEGORY.kernel) + count(CATEGORY.communication),
    links: manifest.linked,
    unread: manifest.unread.reduce((sum, { count }) => sum + count, 0),
    byCategory: Object.fromEntries(
      SLICE_CATEGORIES.flatMap((category, at) => (count(at) > 0 ? [[category, count(at)]] : [])),
    ),
  }
}
