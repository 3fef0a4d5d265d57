import type { Point } from '#domain/point.ts'
import { cannotTell, defineRule } from './define.ts'

/** As the flag `throttled` (stats/gpu-figures.ts): a look or two may fall into a change of clocks. */
const LEAST_SHARE = 0.05
/** Held down for half of the time, the figure is that of the limit and not of the GPU. */
const MOSTLY = 0.5

/** Whether power, heat or its supply held the GPU down while points were measured. Needs points of a watched GPU. */
export const gpuThrottled = defineRule({
  id: 'gpu-throttled',
  title: 'The GPU was held down',
  needs: ['watchedPoints'],
  source: 'NVML, clocks event reasons: power cap, thermal and power brake slowdown, sync boost',
  judge({ watchedPoints }) {
    const told = watchedPoints.flatMap(point =>
      point.throttledShare === undefined ? [] : [{ point, share: point.throttledShare }],
    )
    if (told.length === 0) return cannotTell('No point was measured long enough under the watch of nvidia-smi')
    const held = told.filter(({ share }) => share > LEAST_SHARE).toSorted((a, b) => b.share - a.share)
    const [worst] = held
    if (worst === undefined) {
      return {
        verdict: 'no',
        confidence: told.length === watchedPoints.length ? 0.9 : 0.6,
        statement:
          told.length === watchedPoints.length
            ? 'The clocks were not held down in any point'
            : `The clocks were not held down in ${told.length} of ${watchedPoints.length} points; nothing is known of the others`,
      }
    }
    return {
      verdict: 'yes',
      confidence: worst.share > MOSTLY ? 0.95 : 0.8,
      statement: `The clocks were held down in ${held.length} of ${told.length} ${told.length === 1 ? 'point' : 'points'}, most at ${nameOf(worst.point)}: ${percent(worst.share)} of the time`,
      detail:
        'These figures are of the limit of power or heat, not of the GPU at its clocks. They change with the room, the neighbours in the rack and the time since the load began.',
      evidence: held.map(({ point, share }) => ({ label: nameOf(point), value: 100 * share, unit: '%' })),
      next: [
        'sudo nvidia-smi --lock-gpu-clocks=MHZ,MHZ with a clock that it can hold, and measure again',
        'Look at power, temperature and the hatched stretches under the samples',
      ],
    }
  },
})

function nameOf({ runtime, precision, batch }: Point): string {
  return `${runtime} ${precision} batch ${batch}`
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
