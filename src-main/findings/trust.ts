import type { Point } from '#domain/point.ts'
import { flagText } from '#domain/point-flags.ts'
import { cannotTell, defineRule } from './define.ts'

/** What helps against each flag, most telling first. */
const REMEDIES: Readonly<Record<string, string>> = {
  swapped: 'Use smaller batches or close programs that take memory',
  oversubscribed: 'Use at most as many threads as cores',
  'noisy-machine': 'Close other programs, or measure when the machine is idle',
  throttled:
    'Lock the clocks below what the GPU can hold: sudo nvidia-smi --lock-gpu-clocks=MHZ,MHZ; or cool it better',
  'no-warm-state': 'Measure longer: --max-duration 30s; look for thermal throttling',
  unstable: 'Repeat in fresh processes: --repeat 3',
  'repeats-differ': 'Take more fresh processes: --repeat 7; quote the range, not one figure',
  'few-samples': 'Take at least 299 samples, so that p99 has an upper bound: --iterations 299 --max-duration 60s',
  'call-overhead': 'Use a larger batch: the call itself is a large part of what is measured',
}

/** Which points not to rely on, and what to do about it. */
export const trust = defineRule({
  id: 'trust',
  title: 'Points to distrust',
  needs: ['points'],
  source: 'Flags of the points; thresholds and reasons in stats/point-flags.ts',
  judge({ points }) {
    if (points.length === 0) return cannotTell('No point was measured')
    const flagged = points.filter(({ flags }) => flags.length > 0)
    if (flagged.length === 0) {
      return { verdict: 'no', confidence: 0.9, statement: 'No point has a flag' }
    }
    const ids = [...new Set(flagged.flatMap(({ flags }) => flags))]
    const titles = ids.map(id => flagText(id).title).join(', ')
    return {
      verdict: 'yes',
      confidence: 0.9,
      statement: `${flagged.length} of ${points.length} ${points.length === 1 ? 'point' : 'points'} with reservations: ${titles}`,
      detail: ids
        .map(id => flagText(id).means)
        .filter(Boolean)
        .join(' '),
      evidence: flagged.map(point => ({
        label: nameOf(point),
        value: point.flags.map(id => flagText(id).title).join(', '),
      })),
      next: Object.keys(REMEDIES).flatMap(id => (ids.includes(id) ? [REMEDIES[id] ?? ''] : [])),
    }
  },
})

function nameOf({ runtime, batch, repeat }: Point): string {
  return `${runtime} batch ${batch}${repeat > 1 ? `, repeat ${repeat}` : ''}`
}
