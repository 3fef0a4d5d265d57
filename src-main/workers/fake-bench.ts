// Imports child_process itself, past the one door: its grandchild must misbehave as foreign programs do.
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#domain/errors.ts'
import { answerOnce, type Tell } from './answer.ts'
import type { BenchInput, BenchResult } from './bench-protocol.ts'
import { FakeOptions } from './fake-options.ts'

const LIVE_EVERY_MS = 250

answerOnce(async (input, tell) => {
  const script = FakeOptions.parse(input.options)
  for (const line of script.stderr) writeSync(2, `${line}\n`)
  if (script.ignoreTerm) process.on('SIGTERM', () => {})
  if (script.grandchild !== 'none') startGrandchild(script.grandchild, tell)
  tell({ type: 'phase', phase: 'measuring' })
  return await play(input, script, tell)
})

async function play(input: BenchInput, script: FakeOptions, tell: Tell): Promise<BenchResult> {
  const callCount = input.warmup + input.minIterations
  const latenciesMs = new Float64Array(callCount)
  const endsBadly = script.ending !== 'done' && (script.onlyBatch === 0 || script.onlyBatch === input.batch)
  let toldMs = performance.now()
  let sumMs = 0
  for (let call = 0; call < callCount; call++) {
    if (endsBadly && call >= script.afterIterations) await endBadly(script)
    if (script.paceMs > 0) await sleep(script.paceMs)
    const latencyMs = (script.latenciesMs[call % script.latenciesMs.length] ?? 0) * input.batch
    latenciesMs[call] = latencyMs
    sumMs += latencyMs
    if (performance.now() - toldMs >= LIVE_EVERY_MS) {
      tell({ type: 'live', iterations: call + 1, meanMs: sumMs / (call + 1) })
      toldMs = performance.now()
    }
  }
  if (endsBadly) await endBadly(script)
  return {
    latenciesMs,
    fixedWarmup: input.warmup,
    libraryLoadMs: 1,
    sessionCreateMs: 2,
    baselineBytes: 40 * 2 ** 20,
    peakBytes: (50 + input.batch) * 2 ** 20,
    outputBytes: 4 * input.batch,
    cpuUtilization: 1,
    clockUs: 0.05,
    callUs: 1,
    precision: 'fp32',
    runtimeFacts: { name: 'Fake runtime', version: '1.0.0' },
  }
}

async function endBadly(script: FakeOptions): Promise<void> {
  switch (script.ending) {
    case 'signal':
      process.kill(process.pid, script.signal)
      return await sleep(10_000) // the signal ends us meanwhile
    case 'abort':
      return process.abort()
    case 'exit':
      return process.exit(script.exitCode)
    case 'silent':
      return process.exit(0)
    case 'hang':
      return await sleep(600_000)
    case 'spin': {
      // As a native call that blocks the thread: neither messages nor a closed channel are seen.
      const untilMs = performance.now() + 600_000
      while (performance.now() < untilMs);
      return
    }
    case 'garbage':
      process.send?.({ type: 'done', result: 'forty-two' })
      return await sleep(10_000)
    default:
      throw new EngineError('RUNTIME_FAILED', 'The fake runtime failed as it was told to', {
        hint: 'Change its script.',
      })
  }
}

function startGrandchild(kind: 'same-group' | 'own-session', tell: Tell): void {
  const program = 'process.on("SIGTERM", () => {}); process.on("SIGHUP", () => {}); setTimeout(() => {}, 600_000)'
  const grandchild = spawn(process.execPath, ['-e', program], { detached: kind === 'own-session', stdio: 'inherit' })
  tell({ type: 'log', text: `grandchild ${grandchild.pid}` })
}
