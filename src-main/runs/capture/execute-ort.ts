import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OrtCaptureSpec } from '#domain/capture-spec.ts'
import type { Model } from '#domain/model.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { startWorker } from '../../../native-tools/start-worker.ts'
import { hostFacts } from '../../machine/host.ts'
import type { WorkerCall } from '../../runtimes/define.ts'
import { OrtProfileMessage } from '../../workers/ort-profile-protocol.ts'
import type { RunSink } from '../define.ts'
import { readTraceInto } from '../keep-trace.ts'
import type { CaptureContext } from './context.ts'
import { outputPath } from './output-path.ts'
import { capturePassport, withEnd } from './passport.ts'

export interface OrtWork {
  spec: OrtCaptureSpec
  model: Model
  /** The bench worker that would measure the point; the profile takes its input and its cores. */
  child: WorkerCall
  command: string
  context: CaptureContext
}

/** A pass with ONNX Runtime's profiler on, in a fresh process, then its profile read into the run. */
export async function executeOrt(work: OrtWork, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, model, child, command, context } = work
  const output = outputPath(spec.output, '.ort-profile.json', sink)
  const startedAt = new Date().toISOString()
  const folder = await mkdtemp(join(tmpdir(), 'batchscope-profile-'))
  try {
    const input = { ...child.input, prefix: join(folder, 'profile'), calls: spec.calls }
    const worker = startWorker('ort-profile', input, {
      schema: OrtProfileMessage,
      signal,
      timeoutMs: spec.bench.pointTimeoutMs,
      ...(child.affinity === undefined ? {} : { affinity: child.affinity }),
      onLine: (stream, text) => sink.log(stream, text),
      onMessage(message) {
        if (message.type === 'phase') sink.progress({ phase: message.phase })
      },
    })
    const { result } = await worker.done
    await copyFile(result.path, output)
    const passport = capturePassport({
      cli: command,
      argv: ['batchscope', 'worker', 'ort-profile'],
      app: context.app,
      host: await hostFacts(gpuFacts),
      runtime: {
        ...result.runtimeFacts,
        options: Object.entries(child.input.options).map(([name, value]) => `${name}=${String(value)}`),
      },
      model: { path: model.path, sha256: model.sha256, bytes: model.bytes },
      method: {
        tool: 'ONNX Runtime profiler',
        batch: child.input.batch,
        warmup: child.input.warmup,
        calls: result.calls,
        measured: false,
        file: output,
      },
      startedAt,
    })
    sink.passport(withEnd(passport, {}))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  await readTraceInto(sink, output, signal, context)
}
