import type { Layer, LayerTable } from '#domain/layer.ts'
import { type EngineLayers, layerTensor, layerWith } from './layer-info.ts'
import type { ProfileRow, ProfileTable, TrtexecRun } from './types.ts'

interface Parts {
  title: string
  profile?: { table: ProfileTable & { broken?: number }; from: string }
  info?: { engine: EngineLayers; from: string }
}

/**
 * One engine's layers: facts of its inspector, times of its profile, joined by name in order (names repeat). What stands
 * in one of them alone is kept and said.
 */
export function layerTable({ title, profile, info }: Parts): LayerTable {
  const notices: string[] = []
  const rows = profile?.table.rows ?? []
  const totalMs = rows.reduce((sum, { averageMs = 0 }) => sum + averageMs, 0)
  const timed = (row: ProfileRow) => timesOf(row, totalMs)
  const layers =
    info === undefined
      ? rows.map(row => ({ name: row.name, ...timed(row) }))
      : joined(info.engine, rows, timed, notices)
  if (info !== undefined && profile === undefined)
    notices.push('No times: import the profile of the same engine with it.')
  if (info?.engine.verbosity === 'names') {
    notices.push('Names only: the engine was built without --profilingVerbosity=detailed.')
  }
  if (info?.engine.verbosity === 'indices') {
    notices.push('Not even names: the engine was built with --profilingVerbosity=none.')
  }
  const broken = (info?.engine.broken ?? 0) + (profile?.table.broken ?? 0)
  if (broken > 0) notices.push(`${broken} ${broken === 1 ? 'layer' : 'layers'} could not be read.`)
  const runs = profile?.table.iterations
  const bindings = info?.engine.bindings ?? []
  return {
    title,
    sources: [profile?.from, info?.from].filter(from => from !== undefined),
    // TREx writes 1 where times are totals over all runs.
    ...(runs === undefined || runs <= 1 ? {} : { runs }),
    ...(bindings.length === 0 ? {} : { bindings }),
    layers,
    notices,
  }
}

type Times = Pick<Layer, 'averageMs' | 'medianMs' | 'percent'>

function joined(
  { layers }: EngineLayers,
  rows: readonly ProfileRow[],
  timed: (row: ProfileRow) => Times,
  notices: string[],
): Layer[] {
  const waiting = new Map<string, ProfileRow[]>()
  for (const row of rows) {
    const queue = waiting.get(row.name)
    if (queue === undefined) waiting.set(row.name, [row])
    else queue.push(row)
  }
  const table = layers.map(layer => {
    const row = waiting.get(layer.name)?.shift()
    return row === undefined ? layer : { ...layer, ...timed(row) }
  })
  const left = [...waiting.values()].flat()
  if (rows.length > 0 && left.length > 0) {
    notices.push(`${left.length} of ${rows.length} timed layers are not in the layer information: listed at the end.`)
  }
  return [...table, ...left.map(row => ({ name: row.name, ...timed(row) }))]
}

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
