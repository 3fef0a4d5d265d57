import { createSession } from '../../../src-main/session/open.ts'

/** A session of `runs` × `points` with 1,000 samples a point: what weeks of work on one model leave behind. */
export function makeSession(path: string, runs: number, points: number): void {
  const session = createSession(path, { appVersion: '0.0.0' })
  for (let run = 0; run < runs; run++) {
    const id = `run-${run}`
    const now = new Date(1_700_000_000_000 + run * 60_000).toISOString()
    session.insertRun({
      id,
      kind: 'bench',
      title: `model-${run}.onnx`,
      createdAt: now,
      spec: {},
      command: 'batchscope bench',
    })
    for (let index = 0; index < points; index++) {
      const batch = 2 ** index
      session.addPoint(
        id,
        {
          id: `p${index}`,
          index,
          runtime: 'ort-cpu',
          device: 'cpu',
          precision: 'fp32',
          batch,
          concurrency: 1,
          repeat: 1,
          shapes: { x: [batch, 3, 224, 224] },
          status: 'done',
          startedAt: now,
          samples: { count: 995, warmup: 5 },
          latencyMs: { mean: batch, p50: batch, p90: batch, p95: batch, p99: batch, min: batch, max: batch, std: 0.1 },
          inferPerSec: 1000,
          flags: [],
        },
        { warmup: 5, latenciesMs: Float64Array.from({ length: 1000 }, (_, call) => batch + Math.sin(call)) },
      )
    }
    session.updateRun(id, { status: 'done', startedAt: now, endedAt: now })
  }
  session.close()
}
