import { formatBytes } from '#domain/display.ts'
import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'

/** The first ones fill caches; growth takes a course after them. */
const WARM_UP_STEPS = 1
const MIN_STEPS = 3
/** Smaller growth is bookkeeping: caches, counters, fragmentation. */
const MIN_GROWTH = 0.01
const MIN_BYTES = 1 << 20

interface Course {
  device: string
  firstBytes: number
  lastBytes: number
  steps: number
  isRising: boolean
}

/** Allocated memory rises from step to step and never falls back. */
export const traceMemoryGrowth = traceRule({
  id: 'trace-memory-growth',
  title: 'Memory grows from step to step',
  source: 'Total allocated bytes at the end of each step; our thresholds',
  judge({ trace }) {
    const { memory, window } = trace
    if (memory.length === 0) return cannotTell('Memory was not recorded', { next: [NEXT.torchMemory] })
    const courses = memory.flatMap(courseOf)
    if (window.kind !== 'steps' || courses.length === 0) {
      return cannotTell(
        `Growth shows from step to step: it takes steps, at least ${WARM_UP_STEPS + MIN_STEPS} of them`,
        { next: [`${NEXT.torchMemory} --active 10`] },
      )
    }
    const growing = courses.filter(({ isRising }) => isRising)
    const [most] = growing.toSorted((a, b) => growth(b) - growth(a))
    const evidence = courses.map(course => ({
      label: `${course.device}: ${formatBytes(course.firstBytes)} to ${formatBytes(course.lastBytes)} in ${course.steps} steps`,
      value: Number(((100 * growth(course)) / Math.max(1, course.firstBytes)).toPrecision(3)),
      unit: '%',
    }))
    if (most === undefined) {
      return {
        verdict: 'no',
        confidence: 0.8,
        statement: 'Allocated memory does not rise from step to step',
        detail: 'Only what the framework allocates counts; growth slower than these steps does not show.',
        evidence,
      }
    }
    return {
      verdict: 'yes',
      confidence: Math.min(0.9, 0.4 + 0.05 * most.steps),
      statement: `Allocated memory of ${most.device} rises at every step: ${formatBytes(growth(most))} in ${most.steps} steps`,
      detail: 'A cache that is still filling looks the same: more steps would tell.',
      evidence,
      next: [
        'Are results kept with their graph? Use loss.item() or .detach() for what is collected',
        `${NEXT.torchMemory} --with-stack --active 10`,
      ],
    }
  },
})

function courseOf({ device, bytes }: { device: string; bytes: number[] }): Course[] {
  const steady = bytes.slice(WARM_UP_STEPS)
  const [firstBytes, lastBytes] = [steady[0], steady.at(-1)]
  if (steady.length < MIN_STEPS || firstBytes === undefined || lastBytes === undefined) return []
  const rises = steady.every((value, i) => i === 0 || value > (steady[i - 1] ?? 0))
  const enough = lastBytes - firstBytes >= Math.max(MIN_BYTES, MIN_GROWTH * firstBytes)
  return [{ device, firstBytes, lastBytes, steps: steady.length - 1, isRising: rises && enough }]
}

function growth({ firstBytes, lastBytes }: Course): number {
  return lastBytes - firstBytes
}
