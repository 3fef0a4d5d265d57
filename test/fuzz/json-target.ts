import { EngineError } from '../../src-main/domain/errors.ts'
import { CUT_OFF } from '../../src-main/domain/trace-feed.ts'
import { readEventAt } from '../../src-main/formats/trace-json/read-event.ts'
import { jsonTraceReader } from '../../src-main/formats/trace-json/read-trace.ts'
import { TraceBuilder } from '../../src-main/traces/builder.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'
import { inChunks, RecordingSink } from '../helpers/recording-sink.ts'
import { Dice, type FuzzTarget } from './define.ts'
import { damage, type Touched } from './mutate.ts'
import { absurd, type EventText, eventTexts } from './trace-text.ts'

type Dialect = 'kineto' | 'ort' | 'chrome'

/** A file, what must be read of it, and what may be lost if the reader says so. */
interface Case {
  bytes: Uint8Array
  kind: 'whole' | 'cut' | 'damaged'
  /** Names of slices that nothing touched, one for each event. */
  untouched: string[]
  /** Reads with the dialect known, or told by what the file holds. */
  dialect: Dialect | undefined
  chunkBytes: number
}

const HEADS = [
  '"schemaVersion": 1,',
  '"deviceProperties": [{"id": 0, "name": "H100", "totalGlobalMem": 85045280768, "computeMajor": 9, "computeMinor": 0, "numSms": 132}],',
  '"baseTimeNanoseconds": 1759276800000000000,',
  '"distributedInfo": {"backend": "nccl", "rank": 3, "world_size": 8},',
  '"mine": {"traceEvents": [1, 2], "text": "a \\"b\\" }], {"},',
  '"cuda_runtime_version": 12090,',
]
const encoder = new TextEncoder()

/** A JSON trace with some of its events twice, in any order, absurd, cut off or damaged. */
export function jsonTarget(id: string, dialect: Dialect): FuzzTarget {
  return {
    id,
    input: seed => caseOf(seed, dialect).bytes,
    run: seed => judge(caseOf(seed, dialect), seed),
  }
}

function caseOf(seed: number, dialect: Dialect): Case {
  const dice = new Dice(seed)
  if (dice.oneIn(500)) return endless(dice)
  let events = eventTexts(dice, dialect)
  if (dice.oneIn(3)) events = [...events, ...events.filter(() => dice.oneIn(4))]
  if (dice.oneIn(3)) events = dice.shuffle(events)
  if (dice.oneIn(4)) events = events.map(event => (dice.oneIn(5) ? absurd(event, dice) : event))
  const { bytes: whole, places } = fileOf(events, dialect, dice)
  const known = dice.oneIn(2) ? dialect : undefined
  const common = {
    dialect: dialect === 'ort' ? dialect : known,
    chunkBytes: dice.oneIn(20) ? dice.between(1, 100) : dice.of([1000, 4096, 65_536]),
  }
  const all = events.flatMap(({ slice = '' }) => (slice === '' ? [] : [slice]))
  const kind = dice.below(5)
  if (kind === 0) return { ...common, kind: 'whole', bytes: whole, untouched: all }
  if (kind === 1) {
    const length = dice.below(whole.length)
    return {
      ...common,
      kind: 'cut',
      bytes: whole.slice(0, length),
      untouched: untouched(events, places, [{ from: length, to: whole.length }]),
    }
  }
  const { bytes, touched } = damage(whole, dice)
  return { ...common, kind: 'damaged', bytes, untouched: untouched(events, places, touched) }
}

const PATTERNS = [
  '{"ph":[',
  '{"ph":"X","a":"',
  '[',
  '}{"ph"',
  '{"a":[{"name":[},',
  '"',
  '{"x":[[[[},{"ph":',
  '\\\\',
  '9',
  ',',
  ' ',
]

/** One pattern over and over: what takes a reader longer with every byte shows here. */
function endless(dice: Dice): Case {
  const pattern = dice.of(PATTERNS)
  const before = dice.of(['[', '{"traceEvents": [', '{"traceEvents": [{"ph": "X", "name": "', '{"mine": '])
  const bytes = encoder.encode(before + pattern.repeat(dice.below(1_000_000) / pattern.length))
  return { bytes, kind: 'damaged', untouched: [], dialect: undefined, chunkBytes: dice.of([4096, 65_536]) }
}

function fileOf(events: readonly EventText[], dialect: Dialect, dice: Dice): { bytes: Uint8Array; places: Touched[] } {
  const separator = dice.of([',', ',\n  ', ' ,\r\n'])
  const isBare = dialect === 'ort' || dice.oneIn(3)
  const [before, after] = isBare ? ['[\n', '\n]'] : objectAround(dialect, dice)
  const parts: Uint8Array[] = [encoder.encode(before)]
  const places: Touched[] = []
  let at = parts[0]?.length ?? 0
  for (const [i, { text }] of events.entries()) {
    const bytes = encoder.encode(i === 0 ? text : separator + text)
    places.push({ from: at + (i === 0 ? 0 : separator.length), to: at + bytes.length })
    at += bytes.length
    parts.push(bytes)
  }
  parts.push(encoder.encode(after))
  return { bytes: new Uint8Array(Buffer.concat(parts)), places }
}

function objectAround(dialect: Dialect, dice: Dice): [before: string, after: string] {
  const heads = dialect === 'kineto' ? dice.shuffle(HEADS).slice(0, dice.below(HEADS.length + 1)) : []
  const inTail = dice.below(heads.length + 1)
  const tail = heads.slice(inTail).map(text => `,\n${text.slice(0, -1)}`)
  return [`{${heads.slice(0, inTail).join('\n')} "traceEvents": [\n`, `\n]${tail.join('')}}`]
}

/** Slices of events neither whose text nor whose neighbourhood was touched. */
function untouched(events: readonly EventText[], places: readonly Touched[], touched: readonly Touched[]): string[] {
  return events.flatMap(({ slice }, i) => {
    const place = places[i]
    const isHit = touched.some(({ from, to }) => place !== undefined && from < place.to + 1 && to > place.from - 1)
    return slice === undefined || isHit ? [] : [slice]
  })
}

async function read(input: Case, chunkBytes: number): Promise<RecordingSink | EngineError> {
  const sink = new RecordingSink()
  const reader = jsonTraceReader(input.dialect)
  if (reader.from !== 'bytes') throw new TypeError('a JSON trace is read from bytes')
  try {
    await reader.read(inChunks(input.bytes, chunkBytes), sink)
    return sink
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
}

async function judge(input: Case, seed: number): Promise<string[]> {
  const sink = await read(input, input.chunkBytes)
  if (sink instanceof EngineError) {
    const isExpected = sink.code === 'FORMAT_BROKEN' && sink.message !== '' && input.kind !== 'whole'
    return isExpected ? [] : [`${sink.code}: ${sink.message}`]
  }
  const problems = [...saneSlices(sink, input), ...nothingLost(sink, input)]
  if (seed % 16 === 0) problems.push(...(await sameInOtherChunks(sink, input)))
  if (seed % 8 === 0) await buildsAnIndex(input)
  return problems
}

function saneSlices(sink: RecordingSink, { bytes }: Case): string[] {
  const problems: string[] = []
  for (const [i, slice] of sink.slices.entries()) {
    const { startNs, durationNs, source, correlation, operator, name } = slice
    if (![startNs, durationNs, source, correlation, operator].every(Number.isSafeInteger)) {
      problems.push(`no whole numbers: ${JSON.stringify(slice)}`)
    }
    if (durationNs < 0 || correlation < 0 || operator < 0) problems.push(`below zero: ${JSON.stringify(slice)}`)
    if (name === '') problems.push('a slice without a name')
    if (bytes[source] !== 0x7b) problems.push(`no event at ${source}`)
    else if (i < 3 && readEventAt(bytes.subarray(source)).length === 0) problems.push(`nothing to show at ${source}`)
  }
  if (sink.counters.some(({ atNs, value }) => !Number.isSafeInteger(atNs) || !Number.isFinite(value))) {
    problems.push('a counter without a number')
  }
  if (sink.flows.some(({ atNs }) => !Number.isSafeInteger(atNs))) problems.push('a flow without a time')
  return problems
}

/** Every event that nothing touched becomes its slice; where one is missing, something is counted as unread. */
function nothingLost(sink: RecordingSink, { kind, untouched: wanted }: Case): string[] {
  const told = new Map<string, number>()
  for (const { name } of sink.slices) told.set(name, (told.get(name) ?? 0) + 1)
  const missing = wanted.filter(name => {
    const left = told.get(name) ?? 0
    told.set(name, left - 1)
    return left <= 0
  })
  const unread = sink.unreadPlaces.map(({ reason }) => reason)
  if (kind === 'damaged') return missing.length > 0 && unread.length === 0 ? [`lost without a word: ${missing}`] : []
  if (missing.length > 0 && !unread.some(reason => /time|duration/.test(reason))) return [`lost: ${missing}`]
  const isQuiet = unread.length === 0 && sink.notices.length === 0
  return kind === 'cut' && isQuiet && !unread.includes(CUT_OFF) ? ['cut off without a word'] : []
}

async function sameInOtherChunks(sink: RecordingSink, input: Case): Promise<string[]> {
  const again = await read(input, 13)
  if (again instanceof EngineError) return [`in other chunks: ${again.message}`]
  const told = ({ slices, flows, counters, unreadPlaces, notices }: RecordingSink) =>
    JSON.stringify({ slices, flows, counters, unreadPlaces, notices })
  return told(again) === told(sink) ? [] : ['told otherwise in other chunks']
}

/** The index takes whatever the reader tells. */
async function buildsAnIndex({ bytes, dialect }: Case): Promise<void> {
  const builder = new TraceBuilder(new MemoryStorage())
  const reader = jsonTraceReader(dialect)
  try {
    if (reader.from === 'bytes') await reader.read(inChunks(bytes, 4096), builder)
    builder.finish()
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
  }
}
