import { formatLatency } from '#domain/display.ts'
import { sumOfParts } from '#domain/part-titles.ts'
import type { PartName, Point } from '#domain/point.ts'
import { type PartLook, partLook } from '../charts/parts.ts'
import { explainStep, type StepId, type StepWords } from './step-words.ts'

/** One of the eight steps of a request, as long as the selected point measured it. */
export interface RequestStep extends StepWords {
  id: StepId
  look: PartLook
  /** Absent: not measured. */
  ms?: number
  /** Of the sum of all parts, 0..100. */
  percent?: number
  /** Half of a part that is measured as one. */
  half: boolean
}

export interface DiagramNote {
  title: string
  text: string
}

/** The order of a request. A response cache puts its own steps in where it answered. */
const STEPS: readonly { id: StepId; part: PartName; optional?: true }[] = [
  { id: 'clientSend', part: 'clientSend' },
  { id: 'networkThere', part: 'network' },
  { id: 'queue', part: 'queue' },
  { id: 'cacheHit', part: 'cacheHit', optional: true },
  { id: 'cacheMiss', part: 'cacheMiss', optional: true },
  { id: 'computeInput', part: 'computeInput' },
  { id: 'computeInfer', part: 'computeInfer' },
  { id: 'computeOutput', part: 'computeOutput' },
  { id: 'networkBack', part: 'network' },
  { id: 'clientRecv', part: 'clientRecv' },
]

/** Parts and mean may differ by rounding and by two clocks; more than this is said. */
const GAP_SHARE = 0.02
const GAP_FLOOR_MS = 0.005

export function requestSteps(point: Point): RequestStep[] {
  const { partsMs = {} } = point
  const sum = sumOfParts(partsMs) ?? 0
  return STEPS.filter(({ part, optional }) => optional !== true || (partsMs[part] ?? 0) > 0).map(({ id, part }) => {
    const half = part === 'network'
    const whole = partsMs[part]
    const ms = whole === undefined ? undefined : half ? whole / 2 : whole
    return {
      id,
      look: partLook(part),
      half,
      ...explainStep(id, point),
      ...(ms === undefined ? {} : { ms, ...(sum > 0 ? { percent: (100 * ms) / sum } : {}) }),
    }
  })
}

/** What to know before adding the parts up: an absent one and how to get it, a cache, a gap. */
export function diagramNotes(point: Point): DiagramNote[] {
  return [absentParts(point), cacheNote(point), gapNote(point), ensembleNote(point), streamNote(point)].flatMap(
    note => note ?? [],
  )
}

const TURN_ON =
  'Triton answers statistics unless they are restricted: start it without "statistics" in --http-restricted-api and --grpc-restricted-protocol, or give the header it wants under Connection. PyTriton: TritonSecurityConfig(restricted_endpoints=[]), or its access token.'

function absentParts({ partsMs, flags, runtime, transport }: Point): DiagramNote | undefined {
  if (partsMs?.queue !== undefined) return undefined
  if (flags.includes('model-reloaded')) {
    return {
      title: 'The server’s side was lost: the model was reloaded',
      text: 'Loading a model zeroes its statistics. Measure again while nobody loads or unloads it.',
    }
  }
  if (flags.includes('no-statistics') || (runtime === 'triton' && transport?.url !== undefined)) {
    return {
      title: 'The server gave no statistics, so its side is not known',
      text: `Queue, compute and network are absent; only send and receive are the client’s own. ${TURN_ON}`,
    }
  }
  return {
    title: 'The imported table does not hold the parts',
    text: 'perf_analyzer writes them when the server tells statistics; its console log and CSV both have them then.',
  }
}

function cacheNote({ partsMs, server }: Point): DiagramNote | undefined {
  const hits = server?.model.cacheHitCount ?? 0
  if (hits === 0 && (partsMs?.cacheHit ?? 0) === 0) return undefined
  return {
    title: 'A response cache answered some requests',
    text: `Compute is the mean of the requests that were computed, cache hit of those that were not${
      hits > 0 ? ` (${hits} hits)` : ''
    }, so the parts do not add up to the mean of all. To measure the model alone, turn response_cache off in its configuration.`,
  }
}

function gapNote({ partsMs, latencyMs, server }: Point): DiagramNote | undefined {
  const [sum, mean] = [sumOfParts(partsMs), latencyMs?.mean]
  if (sum === undefined || mean === undefined || partsMs?.queue === undefined) return undefined
  if ((server?.model.cacheHitCount ?? 0) > 0 || (partsMs.cacheHit ?? 0) > 0) return undefined
  if (Math.abs(sum - mean) <= Math.max(GAP_FLOOR_MS, GAP_SHARE * mean)) return undefined
  return {
    title: `The parts add up to ${formatLatency(sum)}, the average is ${formatLatency(mean)}`,
    text:
      sum > mean
        ? 'The server counted more than this client waited: requests of other clients, or windows too short for two clocks. Measure longer, and alone.'
        : 'Neither side counted the rest. Imported tables may hold rounded averages, or those of other requests.',
  }
}

function ensembleNote({ server }: Point): DiagramNote | undefined {
  if ((server?.composing.length ?? 0) === 0) return undefined
  return {
    title: 'The model is an ensemble',
    text: 'Queue and compute are those of all its steps together; each composing model has its own row below.',
  }
}

function streamNote({ transport }: Point): DiagramNote | undefined {
  if (transport?.streaming !== true) return undefined
  return { title: 'Responses were streamed', text: 'A request of a decoupled model ends with its last response.' }
}
