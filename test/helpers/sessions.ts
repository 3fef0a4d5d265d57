import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LayerTable } from '#domain/layer.ts'
import type { Run } from '#domain/run.ts'
import { createSession, openSession } from '../../src-main/session/open.ts'
import type { Attachment, KeptTrace, NewRun, PointSamples, SessionFile } from '../../src-main/session/session-file.ts'
import { aTrace } from './kept-trace.ts'
import { aPoint } from './points.ts'

export const APP = { appVersion: '0.1.0' }

export function aRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return {
    id,
    kind: 'bench',
    title: `Run ${id}`,
    createdAt: '2026-01-01T00:00:00.000Z',
    spec: { modelPath: 'm.onnx' },
    command: 'batchscope bench m.onnx',
    ...more,
  }
}

/** Latencies that no other point has: a mix-up shows. */
export function someSamples(seed: number, count = 50): PointSamples {
  return { warmup: 5, latenciesMs: Float64Array.from({ length: count }, (_, i) => 1 + seed + Math.sin(i) / 7) }
}

/** Of two layers; which engine shows in the times. */
export function aLayerTable(seed: number): LayerTable {
  return {
    title: `Engine ${seed}`,
    sources: ['trtexec --exportProfile'],
    layers: [
      { name: 'conv + relu', averageMs: 1 + seed, percent: 75, precision: 'fp16' },
      { name: 'fc<"\u202e>', averageMs: (1 + seed) / 3, percent: 25 },
    ],
    notices: [],
  }
}

/** A closed session with `runs` finished runs of three points with samples, two log lines, a layer table and a trace each. */
export function writeSession(path: string, runs = 3): void {
  const session = createSession(path, APP)
  for (let run = 0; run < runs; run++) {
    session.insertRun(aRun(`r${run}`))
    for (let index = 0; index < 3; index++) {
      const point = aPoint(2 ** index, 1 + run, { id: `p${index}`, index })
      session.addPoint(`r${run}`, point, someSamples(10 * run + index))
    }
    session.addLog(`r${run}`, [
      { atMs: 1, stream: 'app', text: `hello ${run}` },
      { atMs: 2, stream: 'stderr', text: 'a warning' },
    ])
    session.attach(`r${run}`, { kind: 'layers', name: 'p0', data: aLayerTable(run) })
    session.setTrace(`r${run}`, aTrace({ spanNs: 1e9 + run }))
    session.updateRun(`r${run}`, { status: 'done', endedAt: '2026-01-01T00:01:00.000Z' })
  }
  session.close()
}

export interface Content {
  runs: Run[]
  logs: string
  samples: Record<string, readonly number[] | 'lost'>
  traces: Record<string, KeptTrace | 'lost'>
  attachments: Record<string, Attachment[] | 'lost'>
}

/** All that a session tells, to be compared as a whole. Samples and traces that are said to be damaged are `lost`. */
export function contentOf(session: SessionFile): Content {
  const runs = session.runs().map(run => session.run(run.id))
  const all = runs.flatMap(run => run.points.map(point => [run.id, point] as const))
  return {
    runs,
    logs: JSON.stringify(runs.map(run => session.log(run.id))),
    samples: Object.fromEntries(
      all.map(([runId, point]) => [
        `${runId}/${point.id}`,
        orLost(() => [...session.samples(runId, point.id).latenciesMs]),
      ]),
    ),
    traces: Object.fromEntries(
      runs.filter(run => run.hasTrace).map(run => [run.id, orLost(() => session.trace(run.id))]),
    ),
    attachments: Object.fromEntries(runs.map(run => [run.id, orLost(() => session.attachments(run.id))])),
  }
}

function orLost<T>(read: () => T): T | 'lost' {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'SESSION_DAMAGED') return 'lost'
    throw thrown
  }
}

export function readContent(path: string): Content {
  const session = openSession(path, { ...APP, readOnly: true })
  try {
    return contentOf(session)
  } finally {
    session.close()
  }
}

export function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Another process that holds the session open for writing until it is told or killed. */
export interface Holder {
  pid: number
  /** What `openSession` gave it. */
  readOnly: boolean
  /** Closes the session properly. */
  close(): Promise<void>
  kill(): Promise<void>
}

export function holdInOtherProcess(path: string, extra: Record<string, string> = {}): Promise<Holder> {
  const script = join(import.meta.dirname, 'hold-session.ts')
  const child = spawn(process.execPath, [script, path], {
    env: { ...process.env, ...extra },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the holder ended with ${code}`)))
    child.stdout.once('data', text => {
      resolve({
        pid: child.pid ?? 0,
        readOnly: String(text).trim() === 'read-only',
        async close() {
          child.stdin.end('close')
          await ended
        },
        async kill() {
          child.kill('SIGKILL')
          await ended
        },
      })
    })
  })
}
