import { groupThousands } from '#domain/display.ts'
import type { SliceDetail, TraceTrack } from '#domain/trace.ts'
import { SLICE_CATEGORIES } from '#domain/trace-category.ts'
import { SLICE_TITLES } from '../../../timeline/slice-look.ts'
import { formatNs } from '../../../timeline/time-text.ts'

export interface Fact {
  key: string
  value: string
  note?: string
}

export function categoryTitle(category: string): string {
  const known = SLICE_CATEGORIES.find(each => each === category)
  return known === undefined ? category : SLICE_TITLES[known]
}

/** What is known of a slice without its source: where, when, how long. */
/** @param originNs start of the trace: times are said from there */
export function sliceFacts(detail: SliceDetail, track: TraceTrack | undefined, originNs: number): Fact[] {
  const { durationNs, selfNs } = detail
  const startNs = detail.startNs - originNs
  return [
    { key: 'Kind', value: categoryTitle(detail.category) },
    { key: 'Track', value: track === undefined ? 'unknown' : `${track.title} · ${track.group}` },
    { key: 'Start', value: formatNs(startNs, 6), note: exactNs(startNs) },
    { key: 'Duration', value: formatNs(durationNs, 5), note: exactNs(durationNs) },
    ...(selfNs === undefined || selfNs === durationNs
      ? []
      : [{ key: 'Self', value: formatNs(selfNs, 5), note: exactNs(selfNs) }]),
  ]
}

function exactNs(ns: number): string {
  return `${groupThousands(String(ns))} ns`
}

/** All of it as plain text, a fact a line. */
export function sliceText(detail: SliceDetail, track: TraceTrack | undefined, originNs: number): string {
  return [
    detail.name,
    ...sliceFacts(detail, track, originNs).map(({ key, value, note }) => `${key}: ${value}${note ? ` (${note})` : ''}`),
    ...(detail.arguments ?? []).map(([name, value]) => `${name}: ${value}`),
    ...detail.links.map(
      ({ relation, name, startNs, durationNs }) =>
        `${relation}: ${name} at ${formatNs(startNs - originNs, 6)}, ${formatNs(durationNs, 5)}`,
    ),
  ].join('\n')
}
