import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { IndexManifest, IndexStorage } from './define.ts'

/** Counts up with every change of what sections hold: an index of another version is made again. */
export const INDEX_VERSION = 3
const SECTION = 'manifest'

const count = z.int().min(0)
/** JSON has no NaN. */
const told = z
  .number()
  .nullable()
  .transform(value => value ?? Number.NaN)

const IndexedTrack = z.object({
  index: count,
  kind: z.string(),
  title: z.string(),
  group: z.string(),
  processId: z.string().optional(),
  threadId: z.string().optional(),
  device: z.number().optional(),
  stream: z.string().optional(),
  linkScope: z.string().optional(),
  unit: z.string().optional(),
  lanes: z.array(count),
  slices: count,
  samples: z.object({ first: count, count, min: z.number(), max: z.number(), firstGroup: count.optional() }).optional(),
})

const Lane = z.object({
  index: count,
  track: count,
  depth: count,
  first: count,
  count,
  startNs: z.number(),
  endNs: z.number(),
  levels: z.array(z.object({ firstNode: count, nodes: count })),
})

const Manifest = z.object({
  version: z.literal(INDEX_VERSION),
  origin: z.object({
    tool: z.string(),
    toolVersion: z.string().optional(),
    baseUnixNs: z.string().optional(),
    rank: z.number().optional(),
    worldSize: z.number().optional(),
    job: z.string().optional(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  devices: z.array(
    z.object({
      id: z.number(),
      name: z.string().optional(),
      memoryBytes: z.number().optional(),
      multiprocessors: z.number().optional(),
      maxThreadsPerMultiprocessor: z.number().optional(),
      computeCapability: z.string().optional(),
    }),
  ),
  tracks: z.array(IndexedTrack),
  lanes: z.array(Lane),
  slices: count,
  names: count,
  nodes: count,
  events: count,
  byCategory: z.array(count),
  linked: count,
  unlinked: count,
  unread: z.array(z.object({ reason: z.string(), count, firstAt: z.string() })),
  notices: z.array(z.string()),
  launchFacts: z.array(
    z.object({
      name: count,
      blocks: told,
      threadsPerBlock: told,
      registersPerThread: told,
      sharedBytes: told,
      occupancy: told,
    }),
  ),
  kernelNsByBlocks: z.array(z.number()),
  copies: count,
  startNs: z.number(),
  endNs: z.number(),
  partial: z.boolean(),
})

/** The last section written: an index without it is not whole. */
export function writeManifest(storage: IndexStorage, manifest: IndexManifest): void {
  storage.append(SECTION, new TextEncoder().encode(JSON.stringify(manifest)))
}

/** @throws EngineError FORMAT_BROKEN when it is damaged, of another version, or not there */
export function readManifest(storage: IndexStorage): IndexManifest {
  const bytes = new Uint8Array(storage.size(SECTION))
  storage.read(SECTION, 0, bytes)
  return parseManifest(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
}

export function parseManifest(text: string): IndexManifest {
  const parsed = Manifest.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw indexDamaged('its manifest does not hold what it must', parsed.error.message)
}

export function indexDamaged(what: string, detail?: string): EngineError {
  return new EngineError('FORMAT_BROKEN', `The index of the trace is damaged: ${what}`, {
    hint: 'Delete the index; it is made again from the trace.',
    ...(detail === undefined ? {} : { detail }),
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw indexDamaged('its manifest is no JSON', error instanceof Error ? error.message : String(error))
  }
}
