import { existsSync, readFileSync, truncateSync } from 'node:fs'
import { accident } from './accident.ts'
import type { Console } from './console.ts'
import { type DoubleEngine, dims, parseShapes, readEngine, type Shapes } from './engine-file.ts'
import { exportLayerInfo, exportProfile, exportTimes, printProfile } from './exports.ts'
import { makeQueries, type Query, round, summaryLine } from './figures.ts'
import { type Switches, switchesOf } from './options.ts'
import { type Scenario, VERSIONS } from './scenario.ts'

/** Reads an engine as `--loadEngine` does. @returns it, or the exit code of the failure */
export function load(path: string, console: Console): DoubleEngine | number {
  const end = ['Engine deserialization failed', 'Got invalid engine!', 'Inference set up failed']
  if (!existsSync(path)) return console.fail(`Error opening engine file: ${path}`, ...end.slice(1))
  const engine = readEngine(path)
  if (engine === undefined) {
    return console.fail(
      'Error[1]: [runtime.cpp::parsePlan::455] Error Code 1: Serialization (Serialization assertion plan->header.magicTag == rt::kPLAN_MAGIC_TAG failed.Trying to load an engine created with incompatible serialization version. Check that the engine was not created using safety runtime, same OS was used and version compatibility parameters were set accordingly.)',
      ...end,
    )
  }
  if (engine.version !== console.version) {
    return console.fail(
      `Error[6]: The engine plan file is not compatible with this version of TensorRT, expecting library version ${console.version} got ${engine.version}, please rebuild.`,
      ...end,
    )
  }
  const MiB = Math.floor(readFileSync(path).length / 2 ** 20)
  console.info(`[TRT] Loaded engine size: ${MiB} MiB`, 'Engine deserialized in 0.0245724 sec.')
  return engine
}

/** Plays a measurement and writes the exports that are asked for. */
export async function infer(
  engine: DoubleEngine,
  values: ReadonlyMap<string, string>,
  scenario: Scenario,
  console: Console,
): Promise<number> {
  const is11 = VERSIONS[console.version].order >= 11
  const switches = switchesOf(values, is11)
  const asked = parseShapes(values.get('shapes'))
  const shapes = Object.keys(asked).length > 0 ? asked : engine.min
  const misfit = outside(shapes, engine)
  if (misfit !== undefined) return staticMismatch(misfit, console)
  console.info('Setting persistentCacheLimit to 0 bytes.')
  if (VERSIONS[console.version].order >= 10)
    console.info('Created execution context with device memory size: 1.91406 MiB')
  for (const [name, shape] of Object.entries(shapes)) {
    console.info(`Using random values for input ${name}`)
    console.info(`Input binding for ${name} with dimensions ${dims(shape)} is created.`)
  }
  console.info('Starting inference')
  if (switches.cudaGraph) console.info('Capturing CUDA graph for the current execution context')
  await console.pause()
  const met = await accident(scenario, 'run', console)
  if (met !== undefined) return met
  const batch = Math.max(1, ...Object.values(shapes).map(shape => shape[0] ?? 1))
  const queries = makeQueries(scenario.queries ?? 300, batch, engine.precision, switches)
  const isProfiled = values.has('dumpProfile') || values.has('exportProfile')
  const isMeasured = !isProfiled || is11 || values.has('separateProfileRun')
  if (isMeasured) summary(queries, switches, console, scenario)
  else
    console.line(
      'W',
      'The e2e network timing is not reported since it is inaccurate due to the extra synchronizations when the profiler is enabled.',
    )
  if (isProfiled) for (const line of printProfile(queries)) console.info(line)
  writeExports(engine, queries, values, scenario)
  console.banner('PASSED')
  return 0
}

const HINTS: Record<NonNullable<Scenario['hints']>[number], readonly string[]> = {
  unstable: [
    '* GPU compute time is unstable, with coefficient of variance = 6.58751%.',
    '  If not already in use, locking GPU clock frequency or adding --useSpinWait may improve the stability.',
  ],
  'enqueue-bound': [
    '* Throughput may be bound by Enqueue Time rather than GPU Compute and the GPU may be under-utilized.',
    '  If not already in use, --useCudaGraph (utilize CUDA graphs where possible) may increase the throughput.',
  ],
}

function summary(queries: readonly Query[], switches: Switches, console: Console, { hints = [] }: Scenario): void {
  const of = (pick: (query: Query) => number) => queries.map(pick)
  const wallSec = ((queries.at(-1)?.endD2hMs ?? 0) - (queries[0]?.startH2dMs ?? 0)) / 1000
  const computeMs = of(query => query.computeMs)
  console.info(
    `Warmup completed 20 queries over ${switches.warmUpMs} ms`,
    `Timing trace has ${queries.length} queries over ${round(wallSec)} s`,
    '',
    '=== Trace details ===',
    'Trace averages of 10 runs:',
    'Average on 10 runs - GPU latency: 0.3 ms - Host latency: 0.32 ms (enqueue 0.03 ms)',
    '',
    '=== Performance summary ===',
    `Throughput: ${round(queries.length / wallSec)} qps`,
    summaryLine(
      'Latency',
      of(query => query.latencyMs),
    ),
    summaryLine(
      'Enqueue Time',
      of(query => query.endEnqMs - query.startEnqMs),
    ),
    summaryLine(
      'H2D Latency',
      of(query => query.h2dMs),
    ),
    summaryLine('GPU Compute Time', computeMs),
    summaryLine(
      'D2H Latency',
      of(query => query.d2hMs),
    ),
    `Total Host Walltime: ${round(wallSec)} s`,
    `Total GPU Compute Time: ${round(computeMs.reduce((sum, value) => sum + value, 0) / 1000)} s`,
  )
  for (const hint of hints) for (const line of HINTS[hint]) console.line('W', line)
  console.info('Explanations of the performance metrics are printed in the verbose logs.', '')
}

export function writeExports(
  engine: DoubleEngine,
  queries: readonly Query[],
  values: ReadonlyMap<string, string>,
  { accident }: Scenario,
): void {
  const layers = values.get('exportLayerInfo')
  if (layers !== undefined) exportLayerInfo(layers, engine)
  if (layers !== undefined && accident === 'broken-layers') truncateSync(layers, 300)
  const profile = values.get('exportProfile')
  if (profile !== undefined && queries.length > 0) exportProfile(profile, queries)
  const times = values.get('exportTimes')
  if (times === undefined || queries.length === 0) return
  exportTimes(times, queries)
  if (accident === 'broken-exports') truncateSync(times, 1000)
}

function outside(shapes: Shapes, { min, max }: DoubleEngine): string | undefined {
  return Object.keys(shapes).find(name => {
    const least = min[name]
    const most = max[name]
    if (least === undefined || most === undefined) return Object.keys(max).length > 0
    return (shapes[name] ?? []).some((size, at) => size < (least[at] ?? size) || size > (most[at] ?? size))
  })
}

function staticMismatch(_input: string, console: Console): number {
  return console.fail(
    'Error[3]: [executionContext.cpp::setInputShape::2264] Error Code 3: API Usage Error (Parameter check failed at: runtime/api/executionContext.cpp::setInputShape::2264, condition: engineDims.d[i] == dims.d[i]. Static dimension mismatch while setting input shape.\n)',
    'Inference set up failed',
  )
}
