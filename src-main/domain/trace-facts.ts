import { z } from 'zod'
import { CpuNs, DeviceRow, KernelRow, OperatorRow } from './trace.ts'

const ns = z.number()
const count = z.int().min(0)

/** A distribution in five numbers, ns. */
export const Spread = z.object({ count, totalNs: ns, p10Ns: ns, medianNs: ns, p90Ns: ns, maxNs: ns })
export type Spread = z.infer<typeof Spread>

/**
 * What rules judge a trace by, computed once from the index (`traces/facts.ts`) over one window per device: the steps
 * where there are any, else first to last device work; never the file's span, which cold start makes meaningless.
 * What the trace cannot tell is absent.
 */
export const TraceFacts = z.object({
  tool: z.string(),
  /** Whether CPU ops, API calls, device work, NVTX ranges, samples were recorded at all. */
  recorded: z.object({
    ops: z.boolean(),
    apiCalls: z.boolean(),
    deviceWork: z.boolean(),
    ranges: z.boolean(),
    python: z.boolean(),
    /** Device work whose launch is in the trace, share 0..1. */
    linkedShare: z.number(),
    /** Kernels of CUDA graphs were recorded one by one: 'node', only as a whole: 'graph'. */
    cudaGraphs: z.enum(['node', 'graph']).optional(),
    /** GPU activity was asked for (the trace says so) but none came. */
    deviceWorkAsked: z.boolean().optional(),
  }),
  /**
   * 'steps': from the begin of the first to the end of the last, or of the last device work launched inside a step, if
   * that is later: where the host is far ahead, most of the steps' device work runs after their CPU ranges.
   */
  window: z.object({
    kind: z.enum(['steps', 'gpu', 'cpu']),
    startNs: ns,
    endNs: ns,
    /** Steps inside. */
    steps: count,
  }),
  /** Figures over the window, the busiest device first. */
  devices: z.array(DeviceRow),
  cpu: CpuNs,
  /** Operators and graph nodes with the largest self time on the CPU inside the window, at most 10. */
  operators: z.array(OperatorRow).optional(),
  /** Busy share of each tenth of the window of the busiest device, 0..1: cold start and tails show. */
  busyByTenth: z.array(z.number()),
  kernels: z.object({
    duration: Spread.optional(),
    /** Kernels of at most 10 µs: number, and share of the kernels' count. */
    tiny: count,
    /** Kernels shorter than the call that launched them. */
    shorterThanLaunch: count,
    /** Largest totals first, at most 20, of the window. */
    top: z.array(KernelRow),
    /** Duration-weighted means, where known. */
    occupancy: z.number().optional(),
    /** Share of kernel time in launches with fewer blocks than the device has multiprocessors. */
    smallGridShare: z.number().optional(),
    /** Share of the kernel time whose names tell; low-precision GEMM/convolution names without tensor cores apart. */
    tensorCoreShare: z.number().optional(),
    lowPrecisionWithoutTensorCoresShare: z.number().optional(),
  }),
  launches: z.object({
    count,
    /** The call itself, on the host. */
    call: Spread.optional(),
    /** From the end of the launching call to the start of the work: small: the device waited for it; large: a queue. */
    delay: Spread.optional(),
    /** Launches of whole CUDA graphs. */
    graphs: count,
    /** Share of the device work that was launched when the device had nothing else left to do. */
    starvedShare: z.number().optional(),
  }),
  copies: z.object({
    /** Union on the busiest device inside the window, by direction: 'HtoD', 'DtoH', 'DtoD', 'PtoP', 'other'. */
    byDirection: z.record(z.string(), z.object({ count, totalNs: ns, bytes: z.number().optional() })),
    /** From or to pageable host memory, where the trace tells the kind of memory. */
    pageable: z.object({ count, totalNs: ns, bytes: z.number().optional() }).optional(),
    /** Pageable copies called through an Async function: they block all the same. */
    pageableAsync: count.optional(),
  }),
  syncs: z.object({
    count,
    totalNs: ns,
    /** Of that, while the device had no work: pure loss. */
    idleNs: ns,
    byName: z.array(z.object({ name: z.string(), count, totalNs: ns })),
  }),
  dataLoading: z.object({ count, totalNs: ns, shareOfWindow: z.number() }).optional(),
  communication: z.object({ totalNs: ns, exposedNs: ns, overlapShare: z.number() }).optional(),
  /**
   * Time of copies and of communication on the busiest device, without other work beside, in which the next kernel had
   * not been launched because the host was busy with something else: removing them would win nothing. Absent where
   * they are less than 1 % of the window, or nothing tells.
   */
  hidden: z.object({ copyNs: ns, communicationNs: ns }).optional(),
  /** Device work before the first traced launch. */
  backlog: z.object({ count, totalNs: ns }),
  /**
   * JIT, module loading, compile ranges inside the window: name and time, union per name on the host's threads. Calls
   * of the API that take at least 1 ms and 100 times the median of their name count as first uses: they load modules.
   */
  compile: z.array(z.object({ name: z.string(), count, totalNs: ns })),
  /** First step against the median of the others, ns of the CPU ranges; absent with fewer than 3 steps. */
  coldStart: z.object({ firstNs: ns, laterMedianNs: ns, what: z.string() }).optional(),
  /** The profiler's own cost inside the window. */
  overhead: z.object({ totalNs: ns, byName: z.array(z.object({ name: z.string(), count, totalNs: ns })) }),
  /** Bytes allocated, from memory events: at the end of each step (or tenth of the window). */
  memory: z.array(z.object({ device: z.string(), bytes: z.array(z.number()) })),
  /** Median length of a step and relative spread (MAD ÷ median). */
  steps: z.object({ count, medianNs: ns, spread: z.number() }).optional(),
})
export type TraceFacts = z.infer<typeof TraceFacts>
