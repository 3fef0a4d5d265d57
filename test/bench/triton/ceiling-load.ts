import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { startClosedLoop } from '../../../src-main/triton/load/closed-loop.ts'
import { roundRobin } from '../../../src-main/triton/load/requests.ts'
import { GrpcWire } from '../../../src-main/triton/wire/grpc-wire.ts'
import { OUTCOME } from '../../../src-main/triton/wire/wire.ts'

const CeilingLoad = z.object({
  port: z.int(),
  bodyBytes: z.int(),
  connections: z.int(),
  streams: z.int(),
  seconds: z.number(),
})
export type CeilingLoad = z.infer<typeof CeilingLoad>

export const CeilingFigures = z.object({ perSec: z.number(), cpuUsPerRequest: z.number() })
export type CeilingFigures = z.infer<typeof CeilingFigures>

const WARM_UP_MS = 1000

/** Run by itself, on a core of its own: the wire in a closed loop against a plain HTTP/2 echo; prints CeilingFigures. */
async function main(text: string): Promise<CeilingFigures> {
  const { port, bodyBytes, connections, streams, seconds } = CeilingLoad.parse(JSON.parse(text))
  const slots = connections * streams
  const options = { host: '127.0.0.1', port, headers: {}, slots, slotsPerConnection: streams }
  const wire = new GrpcWire({ ...options, requestTimeoutMs: 30_000, streaming: false }, { plainHttp2: true })
  const data = new Uint8Array(bodyBytes).fill(1)
  // Names and shape add some 40 bytes to the tensor: the body is a request as Triton gets it.
  const inputs = [{ name: 'x', datatype: 'UINT8', shape: [bodyBytes], data }]
  const { variant } = wire.prepare({ model: 'm', inputs, outputs: [] })
  await wire.connect()
  let done = 0
  let failed = 0
  const onEnd = (_: number, outcome: number) => {
    if (outcome === OUTCOME.ok) done++
    else failed++
  }
  const loop = startClosedLoop({ wire, feed: roundRobin(wire, [variant]), slots, onEnd })
  await sleep(WARM_UP_MS)
  const [before, cpu, startMs] = [done, process.cpuUsage(), performance.now()]
  await sleep(seconds * 1000)
  const [requests, used, tookMs] = [done - before, process.cpuUsage(cpu), performance.now() - startMs]
  loop.stop()
  await loop.drained
  await wire.close()
  if (failed > 0) throw new Error(`${failed} requests failed: ${wire.errorOf(0).message}`)
  return { perSec: (1000 * requests) / tookMs, cpuUsPerRequest: (used.user + used.system) / requests }
}

if (import.meta.main) console.log(JSON.stringify(await main(process.argv[2] ?? '')))
