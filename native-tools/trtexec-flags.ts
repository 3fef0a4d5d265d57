/**
 * Options of trtexec by the TensorRT that parses them: `name: [from]` or `[from, until]`, `until` the first that does
 * not. Used where `--help` tells nothing. Read from samples/common/sampleOptions.cpp of the releases 7.0, 7.2.1, 8.0.1,
 * 8.2.1, 8.4.1, 8.5.1, 8.6.1, 9.3, 10.0.1, 10.3, 10.6, 10.9, 10.13, 10.16, 11.0 and 11.1: a boundary between two of them
 * is taken at the later one for what came and at the earlier one for what went.
 */
export const TRTEXEC_FLAGS: Readonly<Record<string, readonly [from: string, until?: string]>> = {
  // Model
  onnx: ['7.0'],
  loadEngine: ['7.0'],
  saveEngine: ['7.0'],
  deploy: ['7.0', '9.0'],
  model: ['7.0', '9.0'],
  uff: ['7.0', '9.0'],
  uffInput: ['7.0', '9.0'],
  uffNHWC: ['7.0', '9.0'],
  output: ['7.0', '9.0'],
  getPlanVersionOnly: ['9.0'],
  // Shapes
  minShapes: ['7.0'],
  optShapes: ['7.0'],
  maxShapes: ['7.0'],
  shapes: ['7.0'],
  profile: ['9.0'],
  useProfile: ['9.0'],
  minShapesCalib: ['7.2', '11.0'],
  optShapesCalib: ['7.2', '11.0'],
  maxShapesCalib: ['7.2', '11.0'],
  batch: ['7.0', '9.0'],
  maxBatch: ['7.0', '9.0'],
  explicitBatch: ['7.0', '9.0'],
  // Precision
  fp16: ['7.0', '11.0'],
  int8: ['7.0', '11.0'],
  best: ['7.2', '11.0'],
  fp8: ['8.6', '11.0'],
  bf16: ['9.0', '11.0'],
  int4: ['10.3', '11.0'],
  stronglyTyped: ['9.0'],
  noTF32: ['7.2'],
  precisionConstraints: ['8.2', '11.0'],
  layerPrecisions: ['8.4', '11.0'],
  layerOutputTypes: ['8.4', '11.0'],
  layerDeviceTypes: ['8.6'],
  calib: ['7.0', '11.0'],
  calibProfile: ['9.0', '11.0'],
  // Inputs and outputs
  inputIOFormats: ['7.0'],
  outputIOFormats: ['7.0'],
  directIO: ['8.2'],
  // Memory
  workspace: ['7.0', '10.0'],
  memPoolSize: ['8.4'],
  // Optimization
  builderOptimizationLevel: ['8.6'],
  maxTactics: ['10.6'],
  maxAuxStreams: ['8.6'],
  avgTiming: ['7.0'],
  minTiming: ['7.0', '10.0'],
  heuristic: ['8.5', '10.0'],
  tacticSources: ['7.2'],
  preview: ['8.5'],
  tilingOptimizationLevel: ['10.9'],
  l2LimitForTiling: ['10.9'],
  sparsity: ['8.0'],
  // Caches
  timingCacheFile: ['8.0'],
  noBuilderCache: ['7.2'],
  errorOnTimingCacheMiss: ['9.0'],
  noCompilationCache: ['9.0'],
  // Portability
  versionCompatible: ['8.6'],
  vc: ['8.6'],
  excludeLeanRuntime: ['8.6'],
  leanDLLPath: ['8.6'],
  useRuntime: ['8.6'],
  hardwareCompatibilityLevel: ['8.6'],
  runtimePlatform: ['10.3'],
  refit: ['7.2'],
  stripWeights: ['10.0'],
  stripAllWeights: ['10.3'],
  weightless: ['9.0', '11.0'],
  allowWeightStreaming: ['10.0'],
  weightStreamingBudget: ['10.0'],
  // DLA and safety
  useDLACore: ['7.0'],
  allowGPUFallback: ['7.0'],
  safe: ['7.0'],
  buildDLAStandalone: ['8.6'],
  reportCapabilityDLA: ['10.16'],
  adjustForDLA: ['10.16'],
  cpuOnly: ['10.16'],
  // Build alone
  buildOnly: ['7.0', '10.0'],
  skipInference: ['8.6'],
  // Inference; from 11 on the first four are taken and change nothing: they are the defaults
  useCudaGraph: ['7.0'],
  useSpinWait: ['7.0'],
  noDataTransfers: ['7.2'],
  separateProfileRun: ['7.2'],
  noCudaGraph: ['11.0'],
  noSpinWait: ['11.0'],
  includeDataTransfers: ['11.0'],
  iterations: ['7.0'],
  duration: ['7.0'],
  warmUp: ['7.0'],
  avgRuns: ['7.0'],
  sleepTime: ['7.0'],
  idleTime: ['8.2'],
  streams: ['7.0'],
  infStreams: ['8.6'],
  threads: ['7.0'],
  exposeDMA: ['7.0'],
  loadInputs: ['7.0'],
  useManagedMemory: ['8.2'],
  persistentCacheRatio: ['8.5'],
  allocationStrategy: ['10.0'],
  // Reporting
  verbose: ['7.0'],
  percentile: ['7.0'],
  dumpOutput: ['7.0'],
  dumpProfile: ['7.0'],
  exportTimes: ['7.0'],
  exportOutput: ['7.0'],
  exportProfile: ['7.0'],
  dumpLayerInfo: ['8.2'],
  exportLayerInfo: ['8.2'],
  profilingVerbosity: ['8.2'],
  nvtxMode: ['7.0', '8.2'],
  dumpOptimizationProfile: ['9.0'],
  dumpRawBindingsToFile: ['8.6'],
  dumpRefit: ['7.2'],
  // Plugins
  plugins: ['7.0'],
  staticPlugins: ['8.6'],
  dynamicPlugins: ['8.6'],
  setPluginsToSerialize: ['8.6'],
  ignoreParsedPluginLibs: ['8.6'],
  // Tuning and accuracy
  tuneBuildRoutes: ['11.1'],
  tuneBuildRouteFile: ['11.1'],
  tuningSearch: ['11.1'],
  tuningCacheFile: ['11.1'],
  tuningTimeOut: ['11.1'],
  tuningResultFile: ['11.1'],
  saveAllEngines: ['11.1'],
  dryRun: ['11.1'],
  continue: ['11.1'],
  helpBuildRoute: ['11.1'],
  setBuildRoute: ['11.1'],
  loadRefOutputs: ['11.1'],
  refPair: ['11.1'],
  accuracyAlgorithm: ['11.1'],
  accuracyThreshold: ['11.1'],
  atol: ['11.1'],
  rtol: ['11.1'],
}

/** Options that are taken although `--help` does not list them. */
export const UNLISTED_FLAGS: readonly string[] = ['streams', 'plugins', 'vc', 'tuningResultFile']

/** Whether the TensorRT of a version ('8.6.1', '7 or older') takes an option (without dashes). */
export function takesFlag(name: string, version: string): boolean {
  const [from, until] = TRTEXEC_FLAGS[name] ?? []
  return from !== undefined && !isBefore(version, from) && (until === undefined || isBefore(version, until))
}

/** 8.10 comes after 8.2. Only as many numbers as `than` has are compared. */
export function isBefore(version: string, than: string): boolean {
  const [numbers, bounds] = [version, than].map(text => text.split('.').map(part => Number.parseInt(part, 10) || 0))
  for (const [at, bound] of (bounds ?? []).entries()) {
    const number = numbers?.[at] ?? 0
    if (number !== bound) return number < bound
  }
  return false
}
