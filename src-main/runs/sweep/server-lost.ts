import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#domain/errors.ts'
import type { Point } from '#domain/point.ts'
import { type SweepStep, stepTitle } from './step.ts'

/** A server that a supervisor starts again is back in so long; a model repository that takes longer to load is resumed by hand. */
const WAIT_MS = 10_000
const ASK_EVERY_MS = 500
const SHOWN_STEPS = 5

/** The server was not there, or answered nothing, while this point was measured. */
export function isLost({ flags, error }: Pick<Point, 'flags' | 'error'>): boolean {
  return flags.includes('server-lost') || error?.code === 'SERVER_UNREACHABLE' || error?.code === 'TIMEOUT'
}

/** Asks until the server answers that it is ready, for a little while. @throws the signal's reason when it aborts */
export async function comesBack(isReady: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (const endMs = performance.now() + WAIT_MS; performance.now() < endMs; ) {
    signal.throwIfAborted()
    if (await isReady()) return true
    await sleep(ASK_EVERY_MS, undefined, { signal })
  }
  return false
}

export interface Outage {
  /** Title of the step that was measured when the server went. */
  at: string
  point: Point
  /** It answers again, but was lost more than once. */
  back: boolean
  measured: number
  left: readonly SweepStep[]
}

/** Why the rest of a sweep is not measured, and how to go on. */
export function lostError({ at, point, back, measured, left }: Outage): EngineError {
  const names = left.slice(0, SHOWN_STEPS).map(step => stepTitle(step, 1))
  const more = left.length > SHOWN_STEPS ? [`and ${left.length - SHOWN_STEPS} more`] : []
  const what = back ? 'The server was lost at two points in a row' : 'The server is gone'
  return new EngineError(
    'SERVER_UNREACHABLE',
    `${what}, last at ${at}. ${measured} points are kept, ${left.length} are left`,
    {
      ...(point.transport?.url === undefined ? {} : { where: point.transport.url }),
      hint: 'Start the server again, then go on with: batchscope sweep --session FILE --resume RUN',
      detail: [point.error?.message, `Left: ${[...names, ...more].join('; ')}`].filter(Boolean).join('\n'),
    },
  )
}
