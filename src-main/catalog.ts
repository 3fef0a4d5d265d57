import type { Tool } from '../native-tools/define.ts'
import { docker } from '../native-tools/docker.ts'
import { nsys } from '../native-tools/nsys.ts'
import { nvidiaSmi } from '../native-tools/nvidia-smi.ts'
import { python } from '../native-tools/python.ts'
import { taskset } from '../native-tools/taskset.ts'
import { tritonserver } from '../native-tools/tritonserver.ts'
import { trtexec } from '../native-tools/trtexec.ts'
import { bestBatch } from './findings/best-batch.ts'
import { bestConfiguration } from './findings/best-configuration.ts'
import type { Rule } from './findings/define.ts'
import { gpuThrottled } from './findings/gpu-throttled.ts'
import { serverBatching } from './findings/server-batching.ts'
import { serverClientBound } from './findings/server-client-bound.ts'
import { serverComputeBound } from './findings/server-compute-bound.ts'
import { serverDips } from './findings/server-dips.ts'
import { serverInstances } from './findings/server-instances.ts'
import { serverKnee } from './findings/server-knee.ts'
import { serverLittlesLaw } from './findings/server-littles-law.ts'
import { serverNetworkBound } from './findings/server-network-bound.ts'
import { serverQueueBound } from './findings/server-queue-bound.ts'
import { serverTransport } from './findings/server-transport.ts'
import { throughputFalls } from './findings/throughput-falls.ts'
import { traceBacklog } from './findings/trace-backlog.ts'
import { traceColdStart } from './findings/trace-cold-start.ts'
import { traceCommunicationBound } from './findings/trace-communication-bound.ts'
import { traceCompile } from './findings/trace-compile.ts'
import { traceCopyBound } from './findings/trace-copy-bound.ts'
import { traceCpuOnly } from './findings/trace-cpu-only.ts'
import { traceDataLoading } from './findings/trace-data-loading.ts'
import { traceGpuBound } from './findings/trace-gpu-bound.ts'
import { traceHostBound } from './findings/trace-host-bound.ts'
import { traceLaunchOverhead } from './findings/trace-launch-overhead.ts'
import { traceMemoryGrowth } from './findings/trace-memory-growth.ts'
import { tracePageableCopies } from './findings/trace-pageable-copies.ts'
import { traceProfilerOverhead } from './findings/trace-profiler-overhead.ts'
import { traceSmallGrid } from './findings/trace-small-grid.ts'
import { traceSyncBound } from './findings/trace-sync-bound.ts'
import { traceTensorCores } from './findings/trace-tensor-cores.ts'
import { traceVerdict } from './findings/trace-verdict.ts'
import { trust } from './findings/trust.ts'
import type { Format } from './formats/define.ts'
import { dleCsv } from './formats/dle-csv.ts'
import { modelAnalyzerCheckpoint } from './formats/model-analyzer-checkpoint.ts'
import { modelAnalyzerCsv } from './formats/model-analyzer-csv.ts'
import { modelAnalyzerLog } from './formats/model-analyzer-log.ts'
import { modelConfig } from './formats/model-config.ts'
import { npy } from './formats/npy.ts'
import { perfAnalyzerConsole } from './formats/perf-analyzer-console.ts'
import { perfAnalyzerCsv } from './formats/perf-analyzer-csv.ts'
import { perfAnalyzerProfile } from './formats/perf-analyzer-profile.ts'
import { TRACE_FORMATS } from './formats/trace-formats.ts'
import { trexMetadata } from './formats/trex-metadata.ts'
import { tritonMetrics } from './formats/triton-metrics.ts'
import { tritonStatistics } from './formats/triton-statistics.ts'
import { trtexecLayers } from './formats/trtexec-layers.ts'
import { trtexecLog } from './formats/trtexec-log.ts'
import { trtexecProfile } from './formats/trtexec-profile.ts'
import { trtexecTimes } from './formats/trtexec-times.ts'
import { trtexecTuning } from './formats/trtexec-tuning.ts'
import { MODEL_FORMATS } from './models/inspect.ts'
import type { Runtime } from './runtimes/define.ts'
import { fake } from './runtimes/fake.ts'
import { ortCpu } from './runtimes/ort-cpu.ts'
import { ortCpuPython } from './runtimes/ort-cpu-python.ts'
import { ortCuda } from './runtimes/ort-cuda.ts'
import { ortProvider } from './runtimes/ort-provider.ts'
import { ortTensorrt } from './runtimes/ort-tensorrt.ts'
import { tensorrt } from './runtimes/tensorrt.ts'
import { torch } from './runtimes/torch.ts'

/** Every list of plug-ins, no logic: forms, doctor, docs tables and laws read it. A new plug-in is one line here. */
export const RUNTIMES: readonly Runtime[] = [
  ortCpu,
  ortCpuPython,
  ortCuda,
  tensorrt,
  ortTensorrt,
  ortProvider,
  torch,
  fake,
]
export const TOOLS: readonly Tool[] = [nvidiaSmi, trtexec, nsys, python, taskset, tritonserver, docker]
export const RULES: readonly Rule[] = [
  bestBatch,
  bestConfiguration,
  throughputFalls,
  gpuThrottled,
  trust,
  serverQueueBound,
  serverComputeBound,
  serverNetworkBound,
  serverClientBound,
  serverBatching,
  serverInstances,
  serverTransport,
  serverKnee,
  serverDips,
  serverLittlesLaw,
  traceVerdict,
  traceHostBound,
  traceLaunchOverhead,
  traceGpuBound,
  traceCopyBound,
  tracePageableCopies,
  traceSyncBound,
  traceDataLoading,
  traceCommunicationBound,
  traceSmallGrid,
  traceTensorCores,
  traceColdStart,
  traceCompile,
  traceProfilerOverhead,
  traceBacklog,
  traceCpuOnly,
  traceMemoryGrowth,
]
export const FORMATS: readonly Format[] = [
  ...MODEL_FORMATS,
  npy,
  modelConfig,
  tritonStatistics,
  tritonMetrics,
  perfAnalyzerCsv,
  perfAnalyzerConsole,
  perfAnalyzerProfile,
  modelAnalyzerCsv,
  modelAnalyzerCheckpoint,
  modelAnalyzerLog,
  dleCsv,
  trtexecLog,
  trtexecTimes,
  trtexecProfile,
  trtexecLayers,
  trexMetadata,
  trtexecTuning,
  ...TRACE_FORMATS,
]
