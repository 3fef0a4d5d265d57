import type { Layer, LayerTable } from '#domain/layer.ts'
import { type EngineLayers, layerTensor, layerWith } from './layer-info.ts'
import type { ProfileRow, ProfileTable, TrtexecRun } from './types.ts'

/** What a profile tells of an engine's layers: times alone. */
export function timedLayers(table: ProfileTable & { broken?: number }, title: string, source: string): LayerTable {
  const totalMs = table.rows.reduce((sum, { averageMs = 0 }) => sum + averageMs, 0)
  return {
    title,
    sources: [source],
    // TREx writes 1 where times are totals over all runs.
    ...(table.iterations <= 1 ? {} : { runs: table.iterations }),
    layers: table.rows.map(row => ({ name: row.name, ...timesOf(row, totalMs) })),
    notices: brokenNotice(table.broken ?? 0),
  }
}

/** What an engine's inspector tells of its layers: facts alone. */
export function describedLayers(engine: EngineLayers, title: string, source: string): LayerTable {
  const { layers, bindings, verbosity, broken } = engine
  const notices = brokenNotice(broken)
  if (verbosity === 'names') {
    notices.push('Names only: the engine was built without --profilingVerbosity=detailed.')
  } else if (verbosity === 'indices') {
    notices.push('Not even names: the engine was built with --profilingVerbosity=none.')
  }
  return { title, sources: [source], ...(bindings.length === 0 ? {} : { bindings }), layers, notices }
}

/**
 * One engine's layers, facts and times joined by name in order (names repeat). What stands in one of them alone is kept
 * and said.
 */
export function joinedLayers(described: LayerTable, timed: LayerTable): LayerTable {
  const waiting = new Map<string, Layer[]>()
  for (const row of timed.layers) {
    const queue = waiting.get(row.name)
    if (queue === undefined) waiting.set(row.name, [row])
    else queue.push(row)
  }
  const layers = described.layers.map(layer => ({ ...layer, ...waiting.get(layer.name)?.shift() }))
  const left = [...waiting.values()].flat()
  const notices = [...described.notices, ...timed.notices]
  if (left.length > 0) {
    notices.push(
      `${left.length} of ${timed.layers.length} timed layers are not in the layer information: listed at the end.`,
    )
  }
  const { runs } = timed
  return {
    ...described,
    sources: [...timed.sources, ...described.sources],
    ...(runs === undefined ? {} : { runs }),
    layers: [...layers, ...left],
    notices,
  }
}

/** Of what there is: facts, times, or both joined. At least one is given. */
export function layerTable({
  title,
  profile,
  info,
}: {
  title: string
  profile?: { table: ProfileTable & { broken?: number }; from: string }
  info?: { engine: EngineLayers; from: string }
}): LayerTable {
  const timed = profile === undefined ? undefined : timedLayers(profile.table, title, profile.from)
  const described = info === undefined ? undefined : describedLayers(info.engine, title, info.from)
  if (timed !== undefined && described !== undefined) return joinedLayers(described, timed)
  return described ?? timed ?? { title, sources: [], layers: [], notices: [] }
}

function brokenNotice(broken: number): string[] {
  return broken === 0 ? [] : [`${broken} ${broken === 1 ? 'layer' : 'layers'} could not be read.`]
}

type Times = Pick<Layer, 'averageMs' | 'medianMs' | 'percent'>

function timesOf({ averageMs, medianMs }: ProfileRow, totalMs: number): Times {
  return {
    ...(averageMs === undefined || averageMs < 0 ? {} : { averageMs }),
    ...(medianMs === undefined || medianMs < 0 ? {} : { medianMs }),
    ...(averageMs === undefined || averageMs < 0 || totalMs <= 0 ? {} : { percent: (100 * averageMs) / totalMs }),
  }
}

/** Layers that a log tells: --dumpProfile, --dumpLayerInfo, or both; undefined where it tells none. */
export function layersOfRun(run: Pick<TrtexecRun, 'profile' | 'layerDump'>, title: string): LayerTable | undefined {
  const { profile, layerDump } = run
  if (profile === undefined && layerDump === undefined) return undefined
  return layerTable({
    title,
    ...(profile === undefined ? {} : { profile: { table: profile, from: 'trtexec --dumpProfile' } }),
    ...(layerDump === undefined ? {} : { info: { engine: engineOfDump(layerDump), from: 'trtexec --dumpLayerInfo' } }),
  })
}

const DUMPED =
  /^Name: (.*?), LayerType: (\w+)(?:, Inputs: \[(.*?)\](?=, Outputs))?(?:, Outputs: \[(.*?\}?)\](?=, \w+:|$))?(.*)$/
const TENSOR = /\{ Name: (.*?), (?:Location: \w+, )?Dimensions: \[([-\d,]*)\], Format\/Datatype: (.*?) \}/g

function engineOfDump({ layers, bindings }: NonNullable<TrtexecRun['layerDump']>): EngineLayers {
  const isDetailed = layers.some(line => DUMPED.test(line))
  return { layers: layers.map(dumpedLayer), bindings, verbosity: isDetailed ? 'detailed' : 'names', broken: 0 }
}

function dumpedLayer(line: string): Layer {
  const [, name, type, inputs, outputs, rest = ''] = DUMPED.exec(line) ?? []
  if (name === undefined) return { name: line }
  return layerWith(
    {
      name,
      type,
      tactic: /, TacticName: ([^,]+)/.exec(rest)?.[1],
      metadata: /, Metadata: (.*)$/.exec(rest)?.[1],
      inputs: tensorsOf(inputs),
      outputs: tensorsOf(outputs),
    },
    {},
  )
}

function tensorsOf(text = '') {
  return [...text.matchAll(TENSOR)].map(([, name = '', dims = '', format]) =>
    layerTensor(name, dims === '' ? [] : dims.split(',').map(Number), format),
  )
}
