import type { DeviceEvent, HostEvent, Recording } from './machine.ts'

export interface KinetoOptions {
  /** What was recorded; default all of it. */
  ops?: boolean
  apiCalls?: boolean
  deviceWork?: boolean
  /** Events that end before are cut away, as by a recording that began there. Device work of before stays. */
  fromUs?: number
  /** Multiprocessors of the device; 0: no device is described. */
  multiprocessors?: number
  deviceName?: string
  python?: boolean
}

const BASE_UNIX_NS = '1751410836000000000'
const PROCESS = 4242
const THREAD = 4242
const CATEGORY: Readonly<Record<HostEvent['kind'], string>> = {
  op: 'cpu_op',
  annotation: 'user_annotation',
  runtime: 'cuda_runtime',
  sync: 'cuda_runtime',
  'data-loading': 'user_annotation',
  overhead: 'overhead',
}
const isApi = ({ kind }: HostEvent) => kind === 'runtime' || kind === 'sync'

/** A recording as torch.profiler 2.6 writes it: Chrome trace JSON, µs with three decimals after a base. */
export function kinetoText(recording: Recording, options: KinetoOptions = {}): string {
  const { ops = true, apiCalls = true, deviceWork = true, fromUs = 0, multiprocessors = 108 } = options
  const host = recording.host.filter(
    event => event.startUs + event.durationUs >= fromUs && (isApi(event) ? apiCalls : ops || event.kind === 'overhead'),
  )
  const work = deviceWork ? recording.device.filter(event => event.startUs + event.durationUs >= fromUs) : []
  const calls = new Map(host.flatMap(event => (event.correlation === undefined ? [] : [[event.correlation, event]])))
  const events = [
    ...metadata(),
    ...host.map(event => hostEvent(event)),
    ...(options.python ? [pythonFrame(host)] : []),
    ...work.map(deviceEvent),
    ...work.flatMap(event => flow(event, calls.get(event.correlation))),
    ...(ops ? recording.memory.map(memoryEvent) : []),
  ]
  const devices =
    multiprocessors === 0
      ? []
      : [
          {
            id: 0,
            name: options.deviceName ?? 'NVIDIA A100-SXM4-80GB',
            totalGlobalMem: 85_899_345_920,
            computeMajor: 8,
            computeMinor: 0,
            maxThreadsPerBlock: 1024,
            maxThreadsPerMultiprocessor: 2048,
            regsPerBlock: 65_536,
            warpSize: 32,
            numSms: multiprocessors,
          },
        ]
  const head = {
    schemaVersion: 1,
    deviceProperties: devices,
    ...(devices.length > 0 && { cuda_runtime_version: 12040, cupti_version: 22 }),
    displayTimeUnit: 'ms',
  }
  const lines = events.map(event => `  ${JSON.stringify(event)}`).join(',\n')
  return `${JSON.stringify(head).slice(0, -1)},\n"baseTimeNanoseconds": ${BASE_UNIX_NS},\n"traceEvents": [\n${lines}\n]\n}\n`
}

/** Three decimals as the exporter writes them, without the noise of doubles. */
function micros(us: number): number {
  return Math.round(us * 1000) / 1000
}

/** Ends are rounded, not durations, so that what follows without a gap stays so. */
function stamps({ startUs, durationUs }: { startUs: number; durationUs: number }): { ts: number; dur: number } {
  const ts = micros(startUs)
  return { ts, dur: micros(micros(startUs + durationUs) - ts) }
}

function hostEvent(event: HostEvent): object {
  const args = event.correlation === undefined ? {} : { cbid: 211, correlation: event.correlation }
  const pid = event.kind === 'overhead' ? -1 : PROCESS
  return { ph: 'X', cat: CATEGORY[event.kind], name: event.name, pid, tid: THREAD, ...stamps(event), args }
}

function deviceEvent(event: DeviceEvent): object {
  const { kind, name, stream, correlation, bytes, blocks = 1, threads = 1, occupancyPercent } = event
  const common = { ph: 'X', name, pid: 0, tid: stream, ...stamps(event) }
  const place = { device: 0, context: 1, stream, correlation }
  if (kind === 'memcpy') {
    const bandwidth = event.durationUs === 0 ? 0 : (bytes ?? 0) / event.durationUs / 1000
    return { ...common, cat: 'gpu_memcpy', args: { ...place, bytes, 'memory bandwidth (GB/s)': bandwidth } }
  }
  return {
    ...common,
    cat: 'kernel',
    args: {
      queued: 0,
      ...place,
      'registers per thread': 32,
      'shared memory': 0,
      grid: [blocks, 1, 1],
      block: [threads, 1, 1],
      'est. achieved occupancy %': occupancyPercent,
      ...(event.graphNode !== undefined && { 'graph id': 1, 'graph node id': event.graphNode + 1 }),
    },
  }
}

function flow(event: DeviceEvent, call: HostEvent | undefined): object[] {
  if (call === undefined || event.graphNode !== undefined) return []
  const id = event.correlation
  return [
    { ph: 's', id, pid: PROCESS, tid: THREAD, ts: micros(call.startUs), cat: 'ac2g', name: 'ac2g' },
    { ph: 'f', id, pid: 0, tid: event.stream, ts: micros(event.startUs), cat: 'ac2g', name: 'ac2g', bp: 'e' },
  ]
}

function memoryEvent({ atUs, device, totalBytes }: Recording['memory'][number]): object {
  const args = {
    'Total Reserved': totalBytes,
    'Total Allocated': totalBytes,
    Bytes: 0,
    Addr: 1,
    'Device Id': device === 'gpu' ? 0 : -1,
    'Device Type': device === 'gpu' ? 1 : 0,
  }
  return {
    ph: 'i',
    cat: 'cpu_instant_event',
    s: 't',
    name: '[memory]',
    pid: PROCESS,
    tid: THREAD,
    ts: micros(atUs),
    args,
  }
}

function pythonFrame(host: readonly HostEvent[]): object {
  const startUs = Math.min(...host.map(event => event.startUs))
  const endUs = Math.max(...host.map(event => event.startUs + event.durationUs))
  const args = { 'Python id': 1, 'Python parent id': 0 }
  const stamp = stamps({ startUs, durationUs: endUs - startUs })
  return { ph: 'X', cat: 'python_function', name: 'train.py(12): main', pid: PROCESS, tid: THREAD, ...stamp, args }
}

function metadata(): object[] {
  const named = (pid: number, name: string, label: string) => [
    { name: 'process_name', ph: 'M', ts: 0, pid, tid: 0, args: { name } },
    { name: 'process_labels', ph: 'M', ts: 0, pid, tid: 0, args: { labels: label } },
  ]
  return [...named(PROCESS, 'python', 'CPU'), ...named(0, 'python', 'GPU 0')]
}
