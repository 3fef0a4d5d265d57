/**
 * A host thread that launches work on the streams of one device, simulated: given how long everything takes, it tells
 * when everything happens. The truth about a trace then follows from the model (`truth.ts`: what would be saved if a
 * cost were nothing), not from the figures that are tested. Times in µs; deterministic.
 */

/** Costs that can be taken away to see what they cost. */
export const COSTS = ['host', 'kernel', 'copy', 'sync', 'dataLoading', 'communication', 'compile', 'coldStart'] as const
export type Cost = (typeof COSTS)[number]

export interface HostEvent {
  kind: 'op' | 'annotation' | 'runtime' | 'sync' | 'data-loading' | 'overhead'
  name: string
  startUs: number
  durationUs: number
  correlation?: number
}

export interface DeviceEvent {
  kind: 'kernel' | 'communication' | 'memcpy'
  name: string
  stream: number
  startUs: number
  durationUs: number
  correlation: number
  bytes?: number
  blocks?: number
  threads?: number
  occupancyPercent?: number
  /** Node of a graph that was launched as a whole. */
  graphNode?: number
}

export interface MemoryEvent {
  atUs: number
  device: 'cpu' | 'gpu'
  totalBytes: number
}

export interface Recording {
  host: HostEvent[]
  device: DeviceEvent[]
  memory: MemoryEvent[]
  /** When everything was over, device included. */
  endUs: number
}

export interface KernelSpec {
  name?: string
  us: number
  stream?: number
  /** Host work of the operator around the launching call. */
  hostUs?: number
  blocks?: number
  occupancyPercent?: number
}

export interface CopySpec {
  direction: 'HtoD' | 'DtoH'
  us: number
  bytes?: number
  /** From or to pageable memory: the call returns only when the copy is over. */
  pageable?: boolean
  stream?: number
}

export interface MachineOptions {
  /** The launching call. */
  launchUs?: number
  /** From its end to the start of the work on an idle device. */
  latencyUs?: number
  /** Between two pieces of work that were queued. */
  gapUs?: number
  /** From the end of the device's work to the return of a call that waited for it. */
  wakeUpUs?: number
}

/** Launches a device accepts ahead: beyond, the call waits. */
const QUEUE_LENGTH = 1024

export class Machine {
  readonly recording: Recording = { host: [], device: [], memory: [], endUs: 0 }
  readonly #options: Required<MachineOptions>
  readonly #factor: (cost: Cost) => number
  readonly #freeAtUs = new Map<number, number>()
  readonly #starts: number[] = []
  readonly #waits = new Map<number, number>()
  #nowUs = 1000
  #correlation = 0
  #bytes = { cpu: 0, gpu: 0 }

  /** @param factor by which each cost is multiplied; a sync without cost does not wait */
  constructor(options: MachineOptions = {}, factor: (cost: Cost) => number = () => 1) {
    this.#options = { launchUs: 5, latencyUs: 2, gapUs: 1, wakeUpUs: 4, ...options }
    this.#factor = factor
  }

  /** Host work that launches nothing. */
  host(us: number, name = 'aten::view'): void {
    this.#record('op', name, this.#cost('host', us))
  }

  /** Host work no event tells of. */
  silent(us: number): void {
    this.#nowUs += this.#cost('host', us)
  }

  kernel({ name = 'elementwise_kernel', us, stream = 7, hostUs = 20, blocks, occupancyPercent }: KernelSpec): void {
    const startUs = this.#nowUs
    this.#nowUs += this.#cost('host', hostUs)
    const correlation = this.#call('cudaLaunchKernel')
    this.recording.device.push({
      kind: 'kernel',
      name,
      stream,
      ...this.#enqueue(stream, this.#cost('kernel', us)),
      correlation,
      blocks: blocks ?? 1024,
      threads: 256,
      occupancyPercent: occupancyPercent ?? 60,
    })
    this.#span('op', `aten::${name}`, startUs)
  }

  /** One call that launches all of them, in order. */
  graph(kernels: readonly KernelSpec[], stream = 7): void {
    const correlation = this.#call('cudaGraphLaunch')
    for (const [graphNode, { name = 'graph_kernel', us, blocks = 1024 }] of kernels.entries()) {
      const when = this.#enqueue(stream, this.#cost('kernel', us))
      this.recording.device.push({
        kind: 'kernel',
        name,
        stream,
        ...when,
        correlation,
        blocks,
        threads: 256,
        occupancyPercent: 60,
        graphNode,
      })
    }
  }

  copy({ direction, us, bytes = 1 << 20, pageable = false, stream = 7 }: CopySpec): void {
    const startUs = this.#nowUs
    const correlation = this.#call('cudaMemcpyAsync')
    const when = this.#enqueue(stream, this.#cost('copy', us))
    const memory = pageable ? 'Pageable' : 'Pinned'
    const ends = direction === 'HtoD' ? `${memory} -> Device` : `Device -> ${memory}`
    const name = `Memcpy ${direction} (${ends})`
    this.recording.device.push({ kind: 'memcpy', name, stream, ...when, correlation, bytes })
    if (pageable) {
      const call = this.recording.host.at(-1)
      this.#nowUs = Math.max(this.#nowUs, when.startUs + when.durationUs + this.#cost('host', 2))
      if (call) call.durationUs = this.#nowUs - call.startUs
    }
    this.#span('op', 'aten::copy_', startUs)
  }

  /** All ranks exchange; the stream they do it on begins after what is queued on the compute stream. */
  collective({ us, stream = 20, after = 7 }: { us: number; stream?: number; after?: number }): void {
    const startUs = this.#nowUs
    this.waitFor(stream, after)
    const correlation = this.#call('cudaLaunchKernel')
    this.recording.device.push({
      kind: 'communication',
      name: 'ncclDevKernel_AllReduce_Sum_f32_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
      stream,
      ...this.#enqueue(stream, this.#cost('communication', us)),
      correlation,
      blocks: 24,
      threads: 512,
      occupancyPercent: 25,
    })
    this.#span('op', 'c10d::allreduce_', startUs)
  }

  /** What is launched on `stream` from now on starts only when what is queued on `other` is over. */
  waitFor(stream: number, other: number): void {
    this.#waits.set(stream, Math.max(this.#waits.get(stream) ?? 0, this.#freeAtUs.get(other) ?? 0))
  }

  /** The host waits until the device has done everything; without the cost it goes on at once. */
  sync(name = 'cudaStreamSynchronize'): void {
    if (this.#factor('sync') === 0) return
    const startUs = this.#nowUs
    const overUs = Math.max(...this.#freeAtUs.values(), startUs)
    this.#nowUs = overUs + this.#cost('sync', this.#options.wakeUpUs)
    this.#span('sync', name, startUs)
  }

  /** The host fetches a batch in the same thread. */
  loadData(us: number): void {
    this.#record(
      'data-loading',
      'enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__',
      this.#cost('dataLoading', us),
    )
  }

  /** @param us host time until the compiled code is there */
  compile(us: number, name = '_compile.compile_inner (dynamo_timed)'): void {
    this.#record('annotation', name, this.#cost('compile', us))
  }

  /** Host time of the first use of something. */
  coldStart(us: number, name = 'aten::cudnn_convolution'): void {
    this.#record('op', name, this.#cost('coldStart', us))
  }

  /** What the profiler records of its own work. */
  overhead(us: number): void {
    this.#record('overhead', 'Activity Buffer Request', us)
  }

  allocate(device: 'cpu' | 'gpu', bytes: number): void {
    this.#bytes[device] += bytes
    this.recording.memory.push({ atUs: this.#nowUs, device, totalBytes: this.#bytes[device] })
  }

  /** A step as torch.profiler marks it: ends when the host goes on. */
  step(number: number, body: () => void): void {
    const startUs = this.#nowUs
    this.#nowUs += 1
    body()
    this.#nowUs += 1
    this.#span('annotation', `ProfilerStep#${number}`, startUs)
  }

  range(name: string, body: () => void): void {
    const startUs = this.#nowUs
    body()
    this.#span('annotation', name, startUs)
  }

  finish(): Recording {
    this.recording.endUs = Math.max(this.#nowUs, ...this.#freeAtUs.values())
    return this.recording
  }

  #cost(kind: Cost, us: number): number {
    return us * this.#factor(kind)
  }

  /** The launching call; waits while the device's queue is full. @returns its correlation */
  #call(name: string): number {
    const startUs = this.#nowUs
    const oldestUs = this.#starts.at(-QUEUE_LENGTH) ?? 0
    this.#nowUs = Math.max(this.#nowUs, oldestUs) + this.#cost('host', this.#options.launchUs)
    this.#correlation++
    this.recording.host.push({
      kind: 'runtime',
      name,
      startUs,
      durationUs: this.#nowUs - startUs,
      correlation: this.#correlation,
    })
    return this.#correlation
  }

  #enqueue(stream: number, durationUs: number): { startUs: number; durationUs: number } {
    const readyUs = this.#nowUs + this.#cost('host', this.#options.latencyUs)
    const freeUs = (this.#freeAtUs.get(stream) ?? 0) + this.#options.gapUs
    const startUs = Math.max(readyUs, freeUs, this.#waits.get(stream) ?? 0)
    this.#freeAtUs.set(stream, startUs + durationUs)
    this.#starts.push(startUs)
    return { startUs, durationUs }
  }

  #record(kind: HostEvent['kind'], name: string, us: number): void {
    const startUs = this.#nowUs
    this.#nowUs += us
    this.#span(kind, name, startUs)
  }

  #span(kind: HostEvent['kind'], name: string, startUs: number): void {
    this.recording.host.push({ kind, name, startUs, durationUs: this.#nowUs - startUs })
  }
}
