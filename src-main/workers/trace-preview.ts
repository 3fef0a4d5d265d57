import type { TracePreview } from '../traces/preview.ts'
import type { QueryAnswer } from './trace-protocol.ts'

/** Busy stretches of each track as columns: buckets in which nothing ran are left out. */
export function previewAnswer({ startNs, bucketNs, tracks }: TracePreview): QueryAnswer<'preview'> {
  const cells = tracks.flatMap(({ busy }, track) =>
    [...busy].flatMap((share, bucket) => (share > 0 ? [{ track, bucket, share }] : [])),
  )
  const last = cells.reduce((most, { bucket }) => Math.max(most, bucket), 0)
  const startOf = (bucket: number) => startNs + bucket * bucketNs
  return {
    startNs,
    endNs: startOf(last + 1),
    tracks: tracks.map(({ kind, title, group }, index) => ({ index, kind, title, group })),
    cells: {
      track: Uint32Array.from(cells, cell => cell.track),
      startNs: Float64Array.from(cells, cell => startOf(cell.bucket)),
      endNs: Float64Array.from(cells, cell => startOf(cell.bucket + 1)),
      busy: Float32Array.from(cells, cell => cell.share),
    },
  }
}
