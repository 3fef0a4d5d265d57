import { type DoubleVersion, VERSIONS } from './scenario.ts'

/** A flag: section of the help, name, placeholder of its value ('' for a switch), first version and the first without it. */
type Row = readonly [
  section: string,
  name: string,
  value: string,
  from?: number,
  until?: number,
  mark?: 'hidden' | 'noop',
]

/** Orders of versions as `VERSIONS` has them. */
const V10 = 10
const V11 = 11

/**
 * The flags this double takes, those of trtexec by version. Source: sampleOptions.cpp of TensorRT's open part, tags v8.6.1 to
 * v11.1. `hidden`: taken, not in the help. `noop`: from 11 on taken with a warning, since it is the default.
 */
const ROWS: readonly Row[] = [
  ['Model', 'onnx', '<file>'],
  ['Model', 'uff', '<file>', 0, 9],
  ['Model', 'model', '<file>', 0, 9],
  ['Model', 'deploy', '<file>', 0, 9],
  ['Model', 'output', '<name>[,<name>]*', 0, 9],
  ['Build', 'maxBatch', 'N', 0, 9],
  ['Build', 'explicitBatch', '', 0, 9],
  ['Build', 'minShapes', 'spec'],
  ['Build', 'optShapes', 'spec'],
  ['Build', 'maxShapes', 'spec'],
  ['Build', 'minShapesCalib', 'spec', 0, V11],
  ['Build', 'optShapesCalib', 'spec', 0, V11],
  ['Build', 'maxShapesCalib', 'spec', 0, V11],
  ['Build', 'inputIOFormats', 'spec'],
  ['Build', 'outputIOFormats', 'spec'],
  ['Build', 'workspace', 'N', 0, 9.5],
  ['Build', 'memPoolSize', 'poolspec'],
  ['Build', 'profilingVerbosity', 'mode'],
  ['Build', 'minTiming', 'M', 0, 9.5],
  ['Build', 'avgTiming', 'M'],
  ['Build', 'refit', ''],
  ['Build', 'stripWeights', '', V10],
  ['Build', 'stripAllWeights', '', 10.03],
  ['Build', 'weightless', '', 9, V11],
  ['Build', 'versionCompatible', ''],
  ['Build', 'vc', '', 0, 99, 'hidden'],
  ['Build', 'excludeLeanRuntime', ''],
  ['Build', 'useRuntime', 'full|lean|dispatch'],
  ['Build', 'leanDLLPath', '<file>'],
  ['Build', 'runtimePlatform', '<platform>', 10.03],
  ['Build', 'sparsity', 'spec'],
  ['Build', 'noTF32', ''],
  ['Build', 'fp16', '', 0, V11],
  ['Build', 'bf16', '', 9, V11],
  ['Build', 'int8', '', 0, V11],
  ['Build', 'fp8', '', 0, V11],
  ['Build', 'int4', '', 10.03, V11],
  ['Build', 'best', '', 0, V11],
  ['Build', 'stronglyTyped', '', 9, 99, 'noop'],
  ['Build', 'directIO', ''],
  ['Build', 'precisionConstraints', 'spec', 0, V11],
  ['Build', 'layerPrecisions', 'spec', 0, V11],
  ['Build', 'layerOutputTypes', 'spec', 0, V11],
  ['Build', 'layerDeviceTypes', 'spec'],
  ['Build', 'calib', '<file>', 0, V11],
  ['Build', 'calibProfile', '', 9, V11],
  ['Build', 'safe', ''],
  ['Build', 'buildDLAStandalone', ''],
  ['Build', 'allowGPUFallback', ''],
  ['Build', 'buildOnly', '', 0, 9.5],
  ['Build', 'skipInference', ''],
  ['Build', 'saveEngine', '<file>'],
  ['Build', 'loadEngine', '<file>'],
  ['Build', 'getPlanVersionOnly', '', 9],
  ['Build', 'tacticSources', 'tactics'],
  ['Build', 'noBuilderCache', ''],
  ['Build', 'noCompilationCache', '', 9],
  ['Build', 'heuristic', '', 0, 9.5],
  ['Build', 'timingCacheFile', '<file>'],
  ['Build', 'errorOnTimingCacheMiss', '', 9],
  ['Build', 'preview', 'features'],
  ['Build', 'builderOptimizationLevel', ''],
  ['Build', 'maxTactics', '', 10.06],
  ['Build', 'hardwareCompatibilityLevel', 'mode'],
  ['Build', 'tempdir', '<dir>'],
  ['Build', 'maxAuxStreams', 'N'],
  ['Build', 'profile', 'N', 9],
  ['Build', 'allowWeightStreaming', '', V10],
  ['Build', 'tilingOptimizationLevel', 'N', 10.09],
  ['Build', 'l2LimitForTiling', 'N', 10.09],
  ['Build', 'cpuOnly', '', 10.16],
  ['Build', 'tuneBuildRoutes', '<expr>', 11.01],
  ['Build', 'tuningSearch', 'fast|full|mixed', 11.01],
  ['Inference', 'batch', 'N', 0, 9],
  ['Inference', 'shapes', 'spec'],
  ['Inference', 'loadInputs', 'spec'],
  ['Inference', 'iterations', 'N'],
  ['Inference', 'warmUp', 'N'],
  ['Inference', 'duration', 'N'],
  ['Inference', 'sleepTime', 'N'],
  ['Inference', 'idleTime', 'N'],
  ['Inference', 'infStreams', 'N'],
  ['Inference', 'streams', 'N', 0, 99, 'hidden'],
  ['Inference', 'exposeDMA', ''],
  ['Inference', 'noDataTransfers', '', 0, 99, 'noop'],
  ['Inference', 'includeDataTransfers', '', V11],
  ['Inference', 'useManagedMemory', ''],
  ['Inference', 'useSpinWait', '', 0, 99, 'noop'],
  ['Inference', 'noSpinWait', '', V11],
  ['Inference', 'threads', ''],
  ['Inference', 'useCudaGraph', '', 0, 99, 'noop'],
  ['Inference', 'noCudaGraph', '', V11],
  ['Inference', 'timeDeserialize', ''],
  ['Inference', 'timeRefit', ''],
  ['Inference', 'separateProfileRun', '', 0, 99, 'noop'],
  ['Inference', 'skipInference', ''],
  ['Inference', 'persistentCacheRatio', ''],
  ['Inference', 'useProfile', '', 9],
  ['Inference', 'allocationStrategy', 'spec', V10],
  ['Inference', 'weightStreamingBudget', '', V10],
  ['Inference', 'atol', 'x', 11.01],
  ['Inference', 'rtol', 'x', 11.01],
  ['Reporting', 'verbose', ''],
  ['Reporting', 'avgRuns', 'N'],
  ['Reporting', 'percentile', 'P1,P2,P3,...'],
  ['Reporting', 'dumpRefit', ''],
  ['Reporting', 'dumpOutput', ''],
  ['Reporting', 'dumpRawBindingsToFile', ''],
  ['Reporting', 'dumpProfile', ''],
  ['Reporting', 'dumpLayerInfo', ''],
  ['Reporting', 'dumpOptimizationProfile', '', 9],
  ['Reporting', 'exportTimes', '<file>'],
  ['Reporting', 'exportOutput', '<file>'],
  ['Reporting', 'exportProfile', '<file>'],
  ['Reporting', 'exportLayerInfo', '<file>'],
  ['System', 'device', 'N'],
  ['System', 'useDLACore', 'N'],
  ['System', 'staticPlugins', '<file>'],
  ['System', 'dynamicPlugins', '<file>'],
  ['System', 'setPluginsToSerialize', '<file>'],
  ['System', 'ignoreParsedPluginLibs', ''],
  ['System', 'plugins', '<file>', 0, 99, 'hidden'],
]

function rowsOf(version: DoubleVersion): readonly Row[] {
  const { order } = VERSIONS[version]
  return ROWS.filter(([, , , from = 0, until = 99]) => order >= from && order < until)
}

/** In the layout of trtexec's help: sections, then a flag a line. The sentences are ours. */
export function helpText(version: DoubleVersion): string {
  const rows = rowsOf(version).filter(row => row[5] !== 'hidden')
  const sections = [...new Set(rows.map(([section]) => section))].map(section => {
    const lines = rows
      .filter(row => row[0] === section)
      .map(
        ([, name, value]) =>
          `  ${`--${name}${value === '' ? '' : `=${value}`}`.padEnd(34)} Taken by this double of trtexec`,
      )
    return [`=== ${section} Options ===`, ...lines, ''].join('\n')
  })
  return `${sections.join('\n')}\n=== Help ===\n  --help, -h                         Print this message\n`
}

export interface Arguments {
  values: Map<string, string>
  /** As `[E] Unknown option:` names them: name, a space, value. */
  unknown: string[]
  /** Names of flags that say what 11 does anyway. */
  noops: string[]
}

export function parseArguments(argv: readonly string[], version: DoubleVersion): Arguments {
  const known = new Map(rowsOf(version).map(row => [row[1], row]))
  const values = new Map<string, string>()
  const unknown: string[] = []
  const noops: string[] = []
  for (const word of argv) {
    const [, name = '', value = ''] = /^--(\w+)(?:=(.*))?$/s.exec(word) ?? []
    const row = known.get(name)
    if (row === undefined) unknown.push(name === '' ? `${word} ` : `--${name} ${value}`)
    else if (row[5] === 'noop' && VERSIONS[version].order >= 11) noops.push(name)
    else values.set(name, value)
  }
  return { values, unknown, noops }
}
