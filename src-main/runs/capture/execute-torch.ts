import type { TorchCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import type { Progress } from '#domain/run.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { runTorchCapture, type TorchEnd } from '../../../native-tools/torch-capture.ts'
import type { TorchMessage } from '../../../native-tools/torch-messages.ts'
import { hostFacts } from '../../machine/host.ts'
import type { RunSink } from '../define.ts'
import { readTraceInto } from '../keep-trace.ts'
import { BoundedLog } from './bounded-log.ts'
import type { CaptureContext } from './context.ts'
import { addedEnvironment, secretsRemoved, withoutSecrets } from './environment.ts'
import { outputPath } from './output-path.ts'
import { capturePassport, withEnd } from './passport.ts'
import { startedWords } from './plan-torch.ts'

export interface TorchWork {
  spec: TorchCaptureSpec
  python: string
  command: string
  context: CaptureContext
}

/** Runs the helper, then reads the trace it wrote into the run. */
export async function executeTorch(work: TorchWork, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, python, command, context } = work
  const output = outputPath(spec.output, '.pt.trace.json.gz', sink)
  const totals = spec.totals ? output.replace(/\.pt\.trace\.json\.gz$/, '.totals.json') : undefined
  const clean = secretsRemoved(spec)
  const startedAt = new Date().toISOString()
  sink.progress({ phase: 'starting Python' })
  const log = new BoundedLog((stream, text) => sink.log(stream, text), clean)
  const limit = timeLimit(spec.timeoutSec, sink.stop)
  let end: TorchEnd
  try {
    end = await runTorchCapture(
      { python, spec, output, ...(totals === undefined ? {} : { totals }) },
      addedEnvironment(spec),
      {
        onLine: text => log.add('stderr', text),
        onMessage(message) {
          if (message.type === 'phase' && (message.phase === 'script' || message.phase === 'step')) limit.begin()
          const progress = progressOf(message)
          if (progress !== undefined) sink.progress(progress)
        },
      },
      { signal, stop: limit.stop },
    )
  } catch (thrown) {
    throw thrown instanceof EngineError ? withoutSecrets(thrown, clean) : thrown
  } finally {
    limit.clear()
    log.close()
  }
  const { done } = end
  const passport = capturePassport({
    cli: command,
    argv: [python, ...startedWords(spec)].map(clean),
    app: context.app,
    host: await hostFacts(gpuFacts),
    runtime: runtimeFacts(end),
    method: { tool: 'torch.profiler', ...optionFacts(spec), ...endFacts(end), file: output },
    startedAt,
  })
  sink.passport(withEnd(passport, {}))
  sayHowItEnded(end, spec, limit.isOver(), sink, clean)
  if (done.output === undefined) throw nothingRecorded(end, spec, clean)
  await readTraceInto(sink, done.output, signal, context)
}

/** Aborts when the user stops the capture, or when the program's time is over, counted from its beginning. */
function timeLimit(timeoutSec: number | undefined, asked: AbortSignal) {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  return {
    stop: AbortSignal.any([asked, over.signal]),
    begin() {
      if (timeoutSec !== undefined) timer ??= setTimeout(() => over.abort(), timeoutSec * 1000)
    },
    isOver: () => over.signal.aborted,
    clear: () => clearTimeout(timer),
  }
}

function progressOf(message: TorchMessage): Progress | undefined {
  if (message.type !== 'phase') return undefined
  const { step, steps } = message
  switch (message.phase) {
    case 'import':
      return { phase: 'importing torch' }
    case 'target':
      return { phase: 'loading what is profiled' }
    case 'script':
      return { phase: 'the script runs' }
    case 'step':
      return {
        phase: steps === undefined ? `step ${step}` : `step ${step} of ${steps}`,
        ...(step === undefined || steps === undefined ? {} : { fraction: step / steps }),
      }
    case 'export':
      return { phase: 'writing the trace' }
  }
}

function sayHowItEnded(
  { done }: TorchEnd,
  spec: TorchCaptureSpec,
  isOver: boolean,
  sink: RunSink,
  clean: (text: string) => string,
): void {
  const { script, stopped } = done
  if (isOver)
    sink.notice({
      level: 'warning',
      text: `Stopped after ${spec.timeoutSec} s: the trace holds what was recorded until then.`,
    })
  else if (stopped) sink.notice({ level: 'info', text: 'Stopped early: the trace holds what was recorded until then.' })
  if (script?.error !== undefined) {
    sink.notice({ level: 'warning', text: clean(`The script failed: ${script.error.message}. The trace ends there.`) })
  } else if (script?.exitCode !== undefined && script.exitCode !== 0 && !stopped) {
    sink.notice({ level: 'warning', text: `The script ended with exit code ${script.exitCode}.` })
  }
}

function nothingRecorded(
  { done }: TorchEnd,
  { schedule }: TorchCaptureSpec,
  clean: (text: string) => string,
): EngineError {
  const failure = done.script?.error
  if (failure !== undefined) {
    return new EngineError(
      'RUNTIME_FAILED',
      clean(`The script failed before anything was recorded: ${failure.message}`),
      {
        hint: 'The traceback says where.',
        detail: clean(failure.detail),
      },
    )
  }
  const wanted = schedule === undefined ? 0 : schedule.wait + schedule.warmup + 1
  return new EngineError(
    'DATA_INVALID',
    `Nothing was recorded: ${done.steps} steps were made, and the first to be recorded is number ${wanted}`,
    {
      hint: 'Call batchscope_capture.step() after each step of the script, or leave --wait, --warmup and --active out to record all of it.',
    },
  )
}

function runtimeFacts({ hello }: TorchEnd): Facts {
  if (hello === undefined) return {}
  const { v: _v, type: _type, ...facts } = hello
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [`torch.${name === 'torch' ? 'version' : name}`, fact]),
  )
}

function optionFacts(spec: TorchCaptureSpec): Facts {
  const { schedule, recordShapes, withStack, profileMemory, withModules, shapes, dtype, device } = spec
  return {
    target: spec.target.kind,
    schedule:
      schedule === undefined
        ? 'everything'
        : `wait ${schedule.wait}, warm-up ${schedule.warmup}, active ${schedule.active}`,
    recordShapes,
    withStack,
    profileMemory,
    withModules,
    ...(spec.target.kind === 'script'
      ? {}
      : { inputs: shapes.map(shape => `${dtype} [${shape.join(', ')}]`), deviceAsked: device }),
  }
}

function endFacts({ done }: TorchEnd): Facts {
  const { steps, stopped, script } = done
  return { steps, stoppedEarly: stopped, ...(script?.exitCode === undefined ? {} : { exitCode: script.exitCode }) }
}
