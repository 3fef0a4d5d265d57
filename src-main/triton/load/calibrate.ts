import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientCost } from '#domain/point.ts'
import type { Protocol } from '#domain/server.ts'
import { nearestRank } from '#stats/load-windows.ts'
import type { InferCall } from '../request.ts'
import { openWire } from '../wire/open-wire.ts'
import type { WireOptions } from '../wire/wire.ts'
import { startClosedLoop } from './closed-loop.ts'
import { startEcho } from './loopback.ts'
import { createRecorder } from './recorder.ts'
import { roundRobin } from './requests.ts'

const NS_PER_MS = 1e6
const MS_PER_S = 1000
/** An echo beside a busy machine may lag; without an answer for so long the generator goes on uncalibrated. */
const DRAIN_MS = 2000

/**
 * What the generator alone can do: one of the point's requests against canned answers in this same process (so it
 * includes reading the request, as a server in no time would), without TLS.
 * @param durationMs of sending   @returns {} where nothing could be measured
 */
export async function calibrate(
  protocol: Protocol,
  options: WireOptions,
  call: InferCall,
  durationMs: number,
): Promise<Pick<ClientCost, 'loopbackMs' | 'loopbackPerSec'>> {
  const echo = await startEcho(protocol)
  const { tls: _, ...plain } = options
  const wire = openWire(protocol, { ...plain, host: '127.0.0.1', port: echo.port })
  try {
    const { variant } = wire.prepare(call)
    await wire.connect()
    const recorder = createRecorder(wire, false, () => 0)
    const startMs = performance.now()
    recorder.begin(startMs)
    const { slots } = options
    const loop = startClosedLoop({ wire, feed: roundRobin(wire, [variant]), slots, onEnd: recorder.end })
    setTimeout(loop.stop, durationMs)
    await Promise.race([loop.drained, sleep(durationMs + DRAIN_MS, undefined, { ref: false })])
    const { latenciesNs, durationNs } = recorder.cut(performance.now())
    if (latenciesNs.length === 0) return {}
    return {
      loopbackMs: nearestRank(latenciesNs.toSorted(), 50) / NS_PER_MS,
      loopbackPerSec: latenciesNs.length / (durationNs / NS_PER_MS / MS_PER_S),
    }
  } finally {
    await wire.close()
    echo.close()
  }
}
