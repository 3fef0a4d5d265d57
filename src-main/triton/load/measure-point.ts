import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError, type Failure } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import { COUNTED_WINDOWS } from '#stats/load-windows.ts'
import { seededRandom } from '#stats/random.ts'
import type { LoadInput, LoadMessage, LoadResult } from '../../workers/load-protocol.ts'
import { type InputData, readInputData } from '../data/input-data.ts'
import { openWire } from '../wire/open-wire.ts'
import { openStatisticsProbe } from '../wire/statistics-probe.ts'
import type { Wire, WireOptions } from '../wire/wire.ts'
import { calibrate } from './calibrate.ts'
import { watchCost } from './client-cost.ts'
import { startClosedLoop } from './closed-loop.ts'
import { intervalsOf } from './intervals.ts'
import type { Loop } from './loop.ts'
import { LOST_AFTER_MS, measure } from './measure.ts'
import { startOpenLoop } from './open-loop.ts'
import { type PreparedRequests, prepareRequests } from './prepare-requests.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { regionCalls } from './region-calls.ts'
import { type RequestFeed, roundRobin, sequenceFeed } from './requests.ts'
import { createSnapshots } from './snapshots.ts'
import { doorOf, slotsOf, wireOptions } from './wire-options.ts'

export type Tell = (message: Exclude<LoadMessage, { type: 'done' | 'failed' }>) => void

const CALIBRATION_MS = 100
/** Least and, in slowest latencies of the last window, usual limit for requests still in flight after it. */
const DRAIN_MS = 1000
const DRAIN_LATENCIES = 2
/** A time-out is noticed up to 100 ms late, and a slot pauses 50 ms after a broken connection. */
const TIMEOUT_SPARE_MS = 250
/** Of the seed's random numbers: times and sequences draw from their own. */
const LOAD_SEED_OFFSET = 1_000_003
const NS_PER_MS = 1e6

/**
 * One point: data, requests and shared memory made ready, connections opened, warmed up, measured.
 * @param onHeld is told how to let shared memory go, for a process that has to end early
 * @throws EngineError where nothing was measured: SERVER_UNREACHABLE, SERVER_REFUSED (every request failed), DATA_INVALID …
 */
export async function measurePoint(
  input: LoadInput,
  tell: Tell,
  onHeld: (release: () => Promise<void>) => void,
): Promise<LoadResult> {
  const data = await readInputData({ ...input, source: input.inputData })
  for (const text of data.notes) tell({ type: 'log', text })
  const door = doorOf(input)
  const options = wireOptions(input, door)
  const { protocol } = input.target
  const wire = openWire(protocol, options)
  let requests: PreparedRequests | undefined
  try {
    tell({ type: 'phase', phase: 'connecting' })
    // Before it connects: a wire chooses its connections by the size of the requests.
    requests = await prepareRequests(wire, data, input, () => regionCalls(protocol, control(options, input), door))
    onHeld(requests.release)
    await wire.connect()
    const loopback = await calibrated(input, options, requests, tell)
    return await run({ input, data, options, wire, requests, loopback, tell })
  } finally {
    await wire.close()
    await requests?.release()
  }
}

async function calibrated(input: LoadInput, options: WireOptions, { calls }: PreparedRequests, tell: Tell) {
  const durationMs = input.calibrationMs ?? CALIBRATION_MS
  const [call] = calls
  if (durationMs === 0 || input.streaming || call === undefined) return {}
  tell({ type: 'phase', phase: 'calibrating' })
  return calibrate(input.target.protocol, options, call, durationMs)
}

interface Ready {
  input: LoadInput
  data: InputData
  options: WireOptions
  wire: Wire
  requests: PreparedRequests
  loopback: LoadResult['client']
  tell: Tell
}

async function run({ input, data, options, wire, requests, loopback, tell }: Ready): Promise<LoadResult> {
  const { uniform } = seededRandom(input.seed + LOAD_SEED_OFFSET)
  const feed =
    input.sequences === undefined
      ? roundRobin(wire, requests.streams.flat())
      : sequenceFeed(wire, requests.streams, { ...input.sequences, uniform })
  const recorder = createRecorder(
    wire,
    input.load.kind !== 'concurrency',
    () => feed.sequences,
    input.window.mode === 'duration' ? COUNTED_WINDOWS : undefined,
  )
  await warmUp(input, options, wire, feed, recorder, tell)

  const probe = input.statisticsOf.length === 0 ? undefined : await openProbe(input, options, tell)
  try {
    tell({ type: 'phase', phase: 'measuring' })
    const snapshots = createSnapshots(probe && (() => probe.snapshot()), text => tell({ type: 'log', text }))
    const cost = watchCost()
    const start = (limit?: number) => startLoad(input, options, wire, feed, recorder, uniform, limit)
    const { loop, windowCount, ...measured } = await measure({ start, recorder, snapshots, tell, input })
    const { completed, errors } = recorder.totals
    const client = { ...cost(completed + errors), ...loopback }
    refuseNothing(recorder, measured.stopped)
    const limitMs = Math.min(input.requestTimeoutMs + TIMEOUT_SPARE_MS, drainMs(measured.windows))
    const unanswered = measured.stopped === 'server-lost' ? 0 : await finish(loop, wire, feed, limitMs)
    if (unanswered > 0) tell({ type: 'log', text: drainText(unanswered, limitMs) })
    return {
      ...measured,
      ...(measured.stopped === 'server-lost' ? { lost: lostFailure(input, recorder) } : {}),
      errors: recorder.messages(),
      warmupRequests: input.warmupRequestCount,
      connections: wire.connections,
      requestBytes: requests.requestBytes,
      ...(requests.sharedMemoryBytes === undefined ? {} : { sharedMemoryBytes: requests.sharedMemoryBytes }),
      client,
      facts: {
        ...data.facts,
        ...loadFacts(input, options),
        windows: windowCount,
        requests: completed,
        failedRequests: errors,
        ...(unanswered > 0 ? { unansweredAtEnd: unanswered } : {}),
        mostInFlight: loop.mostInFlight,
        reconnects: wire.reconnects,
      },
    }
  } finally {
    await probe?.close()
  }
}

/** A probe that cannot be opened costs the statistics, not the point. */
async function openProbe(input: LoadInput, options: WireOptions, tell: Tell) {
  const { target, statisticsOf } = input
  try {
    return await openStatisticsProbe(target.protocol, control(options, input), statisticsOf)
  } catch (thrown) {
    tell({ type: 'log', text: `No server statistics: ${thrown instanceof Error ? thrown.message : String(thrown)}` })
    return undefined
  }
}

/** What is asked beside the load waits as long as a control call, not as long as a request. */
function control(options: WireOptions, { target }: LoadInput): WireOptions {
  return { ...options, requestTimeoutMs: target.connection.timeoutMs }
}

function startLoad(
  { load, sequences }: LoadInput,
  { slots }: WireOptions,
  wire: Wire,
  feed: RequestFeed,
  { end: onEnd }: Recorder,
  uniform: () => number,
  limit: number | undefined,
): Loop {
  const loop = { wire, feed, slots, onEnd, ...(limit === undefined ? {} : { limit }) }
  if (load.kind === 'concurrency') return startClosedLoop(loop)
  return startOpenLoop({ ...loop, intervalMs: intervalsOf(load, uniform), takeTurns: sequences !== undefined })
}

/** @throws EngineError SERVER_REFUSED when none of the warm-up requests succeeded */
async function warmUp(
  { warmupRequestCount: limit }: LoadInput,
  { slots, requestTimeoutMs }: WireOptions,
  wire: Wire,
  feed: RequestFeed,
  recorder: Recorder,
  tell: Tell,
): Promise<void> {
  if (limit === 0) return
  tell({ type: 'phase', phase: 'warming up' })
  recorder.begin(performance.now())
  const loop = startClosedLoop({ wire, feed, slots, limit, onEnd: recorder.end })
  const watch = setInterval(() => {
    // Each wave that goes unanswered takes a whole time-out: one is enough.
    if (recorder.totals.completed === 0 && recorder.errors > 0) loop.stop()
  }, 50)
  // A server that answers slowly has had its warm-up; what is in flight ends within the time-out of a request.
  const late = setTimeout(loop.stop, requestTimeoutMs + LOST_AFTER_MS)
  try {
    await loop.drained
  } finally {
    clearInterval(watch)
    clearTimeout(late)
  }
  refuseNothing(recorder, undefined)
}

/** @throws EngineError when requests failed and none succeeded */
function refuseNothing(recorder: Recorder, stopped: LoadResult['stopped'] | undefined): void {
  const { completed, errors } = recorder.totals
  if (completed > 0 || (errors === 0 && stopped !== 'server-lost')) return
  const messages = recorder.messages()
  const [first] = messages
  const isLost = stopped === 'server-lost' || recorder.lostSinceMs !== undefined
  throw new EngineError(
    isLost ? 'SERVER_UNREACHABLE' : first?.code === 'TIMEOUT' ? 'TIMEOUT' : 'SERVER_REFUSED',
    isLost
      ? 'The server went away before it answered a request'
      : `Every request failed: ${first?.message ?? 'no answer'}`,
    {
      hint: isLost ? 'Look at the server’s log, then start it again.' : 'Try a single request first: batchscope infer.',
      detail: messages.map(({ message, count }) => `${count} × ${message}`).join('\n'),
    },
  )
}

function lostFailure({ target }: LoadInput, recorder: Recorder): Failure {
  const [first] = recorder.messages()
  return {
    code: 'SERVER_UNREACHABLE',
    message: `The server was lost while it was measured: no connection for ${LOST_AFTER_MS / 1000} s`,
    where: `${target.host}:${target.port}`,
    hint: 'Look at the server’s log, start it again, and resume the sweep.',
    ...(first === undefined ? {} : { detail: first.message }),
  }
}

/**
 * Lets requests in flight end, because they still use our shared memory, and closes sequences that are open, so that
 * the server forgets them now.
 * @returns requests that were not answered within the limit
 */
async function finish(loop: Loop, wire: Wire, feed: RequestFeed, limitMs: number): Promise<number> {
  const limit = sleep(limitMs, 'late', { ref: false })
  if ((await Promise.race([loop.drained, limit])) === 'late') return loop.inFlight
  const open = feed.openSlots()
  if (open.length === 0) return 0
  let left = open.length
  const { promise, resolve } = Promise.withResolvers<void>()
  wire.onEnd = () => --left === 0 && resolve()
  for (const slot of open) feed.sendLast(slot)
  await Promise.race([promise, limit])
  return left
}

/** A slow model needs longer for what it has begun. */
function drainMs(windows: LoadResult['windows']): number {
  const slowestNs = windows.at(-1)?.latenciesNs.reduce((slowest, ns) => Math.max(slowest, ns), 0) ?? 0
  return Math.max(DRAIN_MS, (DRAIN_LATENCIES * slowestNs) / NS_PER_MS)
}

function drainText(unanswered: number, limitMs: number): string {
  const requests = unanswered === 1 ? '1 request was' : `${unanswered} requests were`
  return `${requests} still not answered ${(limitMs / 1000).toFixed(1)} s after the last window, and count nowhere.`
}

function loadFacts(input: LoadInput, options: WireOptions): Facts {
  const { load, sharedMemory, streaming, target } = input
  return {
    protocol: target.protocol,
    tls: target.tls,
    load: load.kind,
    slots: slotsOf(input),
    sharedMemory,
    streaming,
    ...(options.slotsPerConnection === undefined ? {} : { slotsPerConnection: options.slotsPerConnection }),
    node: process.versions.node,
  }
}
