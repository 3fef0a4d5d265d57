import type { LayerTable } from '#domain/layer.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { ImportedPoint, PointsContent } from '../define.ts'
import { ALONE } from './alone.ts'
import { inputShapes } from './engine-shapes.ts'
import { joinedLayers } from './layer-table.ts'
import { precisionOfRun } from './precision.ts'
import { batchOf } from './shapes.ts'

/**
 * What several files tell of one engine and one run of it, as one: figures of the log (or TREx's metadata), every query
 * of the times, layers of profile and layer information joined. Files of several runs are not joined: which belongs to
 * which they do not tell.
 */
export function joinEngine(files: readonly PointsContent[]): PointsContent {
  const whole: PointsContent = {
    tool: 'trtexec',
    points: [],
    queriesOverlap: true,
    facts: Object.assign({}, ...files.map(({ facts }) => facts)),
    passport: {
      runtime: Object.assign({}, ...files.map(({ passport }) => passport?.runtime)),
      gpu: Object.assign({}, ...files.map(({ passport }) => passport?.gpu)),
    },
    notices: [...new Set(files.flatMap(({ notices }) => notices))].filter(notice => !isOfOneAlone(notice)),
    skipped: files.flatMap(({ skipped }) => skipped),
    layers: joinTables(files.flatMap(({ layers = [] }) => layers)),
  }
  const [version, modelName] = [first(files, 'toolVersion'), first(files, 'modelName')]
  if (version !== undefined) whole.toolVersion = version
  if (modelName !== undefined) whole.modelName = modelName
  whole.points = joinPoints(files, whole.notices)
  withBatchOfEngine(whole, files)
  whole.points = whole.points.map(point => withSettings(point, whole))
  return whole
}

function isOfOneAlone(notice: string): boolean {
  return Object.values<string>(ALONE).includes(notice)
}

function first(files: readonly PointsContent[], key: 'toolVersion' | 'modelName'): string | undefined {
  return files.find(file => file[key] !== undefined)?.[key]
}

function joinPoints(files: readonly PointsContent[], notices: string[]): ImportedPoint[] {
  const isRaw = ({ rawMs }: ImportedPoint) => rawMs !== undefined
  const printed = files.flatMap(({ points }) => points.filter(point => !isRaw(point)))
  const raw = files.flatMap(({ points }) => points.filter(isRaw))
  const [point, ...others] = printed
  const [times, ...otherTimes] = raw
  if (point === undefined || times === undefined) return [...printed, ...raw]
  if (others.length > 0 || otherTimes.length > 0 || point.error !== undefined) {
    notices.push('The files hold several runs: their times were not joined with the figures of the log.')
    return [...printed, ...raw]
  }
  // Throughput as printed; the distribution from every query.
  return [{ ...times, ...point, ...(times.rawMs === undefined ? {} : { rawMs: times.rawMs }) }]
}

/** Device and precision as one of the other files tells them. */
function withSettings(point: ImportedPoint, { facts, passport }: PointsContent): ImportedPoint {
  const { name, computeCapability } = passport?.gpu ?? {}
  const { precisionAsked, toolCommand } = facts
  const run = {
    device: typeof computeCapability === 'string' ? { computeCapability } : {},
    ...(typeof precisionAsked === 'string' ? { precisionAsked } : {}),
    ...(typeof toolCommand === 'string' ? { commandLine: toolCommand } : {}),
  }
  const isKnown = (word: string | undefined) => word !== undefined && word !== UNKNOWN
  return {
    ...point,
    ...(isKnown(point.device) || typeof name !== 'string' ? {} : { device: name }),
    ...(isKnown(point.precision) ? {} : { precision: precisionOfRun(run) }),
  }
}

/** One table for facts and times where there is one of each; else all. */
function joinTables(tables: readonly LayerTable[]): LayerTable[] {
  const isTimed = ({ layers }: LayerTable) => layers.some(({ averageMs }) => averageMs !== undefined)
  const isDescribed = ({ layers, bindings }: LayerTable) =>
    bindings !== undefined || layers.some(({ type }) => type !== undefined)
  const timed = tables.filter(isTimed)
  const described = tables.filter(table => isDescribed(table) && !isTimed(table))
  const [times, facts] = [timed[0], described[0]]
  if (timed.length !== 1 || described.length !== 1 || times === undefined || facts === undefined) return [...tables]
  return [isDescribed(times) ? times : joinedLayers(facts, times)]
}

/** Where no log tells the shapes, the engine's own inputs do. */
function withBatchOfEngine(whole: PointsContent, files: readonly PointsContent[]): void {
  const unknown = files.find(({ batchUnknown }) => batchUnknown !== undefined)?.batchUnknown
  const [point, ...others] = whole.points
  if (unknown === undefined || point === undefined || others.length > 0) return
  const known = files.some(({ points, batchUnknown }) => points.length > 0 && batchUnknown === undefined)
  if (known) return
  const shapes = whole.layers?.map(inputShapes).find(found => batchOf(found) !== undefined)
  const batch = shapes === undefined ? undefined : batchOf(shapes)
  if (shapes === undefined || batch === undefined) {
    whole.batchUnknown = unknown
    return
  }
  const { inferPerSec } = point
  whole.points = [
    { ...point, batch, shapes, ...(inferPerSec === undefined ? {} : { inferPerSec: inferPerSec * batch }) },
  ]
}
