import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import { localClient } from '../../../src-main/api/doors.ts'
import { createEngine } from '../../../src-main/engine.ts'
import type { TestServer } from '../../helpers/triton/server.ts'
import type { BenchPoint } from './points.ts'

/** What one program says about one point; times in µs, as perf_analyzer's CSV has them. */
export interface Figures {
  inferPerSec: number
  p50: number
  p90: number
  send: number
  network: number
  queue: number
  computeInput: number
  computeInfer: number
  computeOutput: number
  receive: number
  avg: number
  /** User and system time of the program per request it sent: perf_analyzer's whole process, our generator's loop. */
  cpuUsPerRequest: number
  /** Ours only: the whole life of the generator's process, start-up and calibration included. */
  wholeCpuUsPerRequest?: number
}

/** Three windows each: a stability limit that everything passes, so that neither side measures longer than the other. */
const STABILITY = 900
const OUTPUT_BYTES = 65_536

const Usage = z.object({ code: z.int(), cpuS: z.number(), peakKib: z.number() })

export async function perfAnalyzerSide(
  program: string,
  server: TestServer,
  point: BenchPoint,
  intervalMs: number,
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-'))
  try {
    const csv = join(folder, 'out.csv')
    const { model, batch, protocol, shapes, concurrency, sharedMemory } = point
    const args = ['-m', model, '-b', batch, '-i', protocol, '-u', `127.0.0.1:${server[protocol]}`]
    for (const [name, dims] of Object.entries(shapes)) args.push('--shape', `${name}:${dims.join(',')}`)
    args.push('--concurrency-range', concurrency, '-p', intervalMs, '-s', STABILITY, '--shared-memory', sharedMemory)
    args.push('--output-shared-memory-size', OUTPUT_BYTES, '-f', csv, '--verbose-csv')
    const before = await successCount(server, model)
    const usage = await withUsage([program, ...args.map(String)])
    const requests = (await successCount(server, model)) - before
    const [header = '', line = ''] = readFileSync(csv, 'utf8').split('\n')
    const cells = line.split(',')
    const names = header.split(',')
    const cell = (name: string) => Number(cells[names.indexOf(name)])
    return {
      inferPerSec: cell('Inferences/Second'),
      p50: cell('p50 latency'),
      p90: cell('p90 latency'),
      send: cell('Client Send'),
      network: cell('Network+Server Send/Recv'),
      queue: cell('Server Queue'),
      computeInput: cell('Server Compute Input'),
      computeInfer: cell('Server Compute Infer'),
      computeOutput: cell('Server Compute Output'),
      receive: cell('Client Recv'),
      avg: cell('Avg latency'),
      cpuUsPerRequest: (usage.cpuS * 1e6) / requests,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The way a user goes: engine, sweep, a fresh generator process; figures are those of the point in the session. */
export async function ourSide(server: TestServer, point: BenchPoint, intervalMs: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-'))
  const engine = createEngine({ dataFolder: join(folder, 'data') })
  try {
    const client = localClient(engine)
    const { info } = await client.sessions.create({ path: join(folder, 'bench.bscope') })
    const { sessionId } = info
    const spec: SweepSpecInput = {
      urls: [point.protocol === 'grpc' ? server.grpcUrl : server.httpUrl],
      connection: { metricsUrl: '' },
      model: point.model,
      batches: [point.batch],
      concurrencies: [point.concurrency],
      shapes: point.shapes,
      sharedMemory: [point.sharedMemory],
      outputSharedMemoryBytes: OUTPUT_BYTES,
      measurementIntervalMs: intervalMs,
      stabilityPercentage: STABILITY,
      collectMetrics: false,
    }
    const before = await successCount(server, point.model)
    const { runId } = await client.runs.start({ sessionId, kind: 'sweep', spec })
    for await (const event of await client.runs.watch({ sessionId, runId }))
      if (event.type === 'ended' && event.error !== undefined) throw new Error(JSON.stringify(event.error))
    const requests = (await successCount(server, point.model)) - before
    const [measured] = (await client.runs.get({ sessionId, runId })).points
    const { latencyMs, partsMs, inferPerSec, client: cost, error } = measured ?? {}
    if (latencyMs === undefined || partsMs === undefined) throw new Error(`no figures: ${JSON.stringify(error)}`)
    const us = (ms: number | undefined) => (ms ?? Number.NaN) * 1000
    return {
      inferPerSec: inferPerSec ?? Number.NaN,
      p50: us(latencyMs.p50),
      p90: us(latencyMs.p90),
      send: us(partsMs.clientSend),
      network: us(partsMs.network),
      queue: us(partsMs.queue),
      computeInput: us(partsMs.computeInput),
      computeInfer: us(partsMs.computeInfer),
      computeOutput: us(partsMs.computeOutput),
      receive: us(partsMs.clientRecv),
      avg: us(latencyMs.mean),
      cpuUsPerRequest: cost?.cpuUsPerRequest ?? Number.NaN,
      ...(cost?.processCpuMs === undefined ? {} : { wholeCpuUsPerRequest: us(cost.processCpuMs) / requests }),
    }
  } finally {
    await engine.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const Statistics = z.object({
  model_stats: z.array(z.object({ inference_stats: z.object({ success: z.object({ count: z.number() }) }) })),
})

/** Requests the server answered for the model so far: what "per request" is counted by, for both sides. */
async function successCount(server: TestServer, model: string): Promise<number> {
  const response = await fetch(`${server.httpUrl}/v2/models/${model}/stats`)
  const { model_stats } = Statistics.parse(await response.json())
  return model_stats.reduce((sum, { inference_stats }) => sum + inference_stats.success.count, 0)
}

/** Runs a program to its end; CPU time from the kernel's own accounting (getrusage of the child). */
async function withUsage(command: readonly string[]): Promise<z.infer<typeof Usage>> {
  const child = spawn('python3', [join(import.meta.dirname, 'with-usage.py'), ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  let stdout = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  await new Promise(resolve => child.once('close', resolve))
  const usage = Usage.parse(JSON.parse(stderr.trim().split('\n').at(-1) ?? ''))
  if (usage.code !== 0)
    throw new Error(`${command.join(' ')} ended with ${usage.code}: ${(stdout + stderr).slice(-800)}`)
  return usage
}
