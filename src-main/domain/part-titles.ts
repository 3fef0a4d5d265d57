import type { PartName, PartsMs } from './point.ts'

/** A part of one request at a server, in words. No zod here: page, terminal and documents show these. */
export interface PartTitle {
  name: PartName
  /** Column header, as DESIGN §8 writes it. */
  title: string
  /** Whose time it is. */
  place: 'client' | 'network' | 'server'
  /** Exact definition, as perf_analyzer has it but where said. */
  means: string
}

/** In the order of a request: the same order in table, stacked bar and diagram, whatever the colours. */
export const PART_TITLES: readonly PartTitle[] = [
  {
    name: 'clientSend',
    title: 'Client Send',
    place: 'client',
    means:
      'Client, mean over all requests. HTTP: from the first byte until the last one was handed to the socket. gRPC: building the request; its way into the socket is in Network+Server Send/Recv.',
  },
  {
    name: 'network',
    title: 'Network+Server Send/Recv',
    place: 'network',
    means:
      'What no other part explains: mean latency − client send and receive − the server’s parts, never below 0. Both ways over the network, and the server’s own reading and writing of the messages.',
  },
  {
    name: 'queue',
    title: 'Server Queue',
    place: 'server',
    means:
      'Server, mean per request: waiting for an instance, and for companions while a batch is put together. For an ensemble our own sweeps add the queues of its composing models; perf_analyzer leaves those in Network+Server Send/Recv.',
  },
  {
    name: 'computeInput',
    title: 'Compute Input',
    place: 'server',
    means:
      'Server, mean per request: preparing the input tensors as the backend asks, copies to the GPU included. Every request of a server batch is charged the whole batch’s time.',
  },
  {
    name: 'computeInfer',
    title: 'Compute Infer',
    place: 'server',
    means:
      'Server, mean per request: executing the model. Every request of a server batch is charged the whole batch’s time.',
  },
  {
    name: 'computeOutput',
    title: 'Compute Output',
    place: 'server',
    means:
      'Server, mean per request: taking the output tensors from the backend, copies from the GPU included. Every request of a server batch is charged the whole batch’s time.',
  },
  {
    name: 'cacheHit',
    title: 'Cache Hit',
    place: 'server',
    means: 'Server, mean per hit: looking up the response cache and answering from it.',
  },
  {
    name: 'cacheMiss',
    title: 'Cache Miss',
    place: 'server',
    means:
      'Server, mean per miss: looking up the response cache in vain and storing the answer. Compute is then a mean over the misses alone, so the parts do not add up to the latency.',
  },
  {
    name: 'clientRecv',
    title: 'Client Recv',
    place: 'client',
    means:
      'Client, mean over all requests. HTTP: from the first to the last byte of the answer. gRPC: reading the answer, mostly 0 to 2 µs.',
  },
]

/** Sum of the measured parts in ms; absent where none was measured. */
export function sumOfParts(parts: PartsMs | undefined): number | undefined {
  const values = PART_TITLES.flatMap(({ name }) => parts?.[name] ?? [])
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}
