import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#domain/errors.ts'
import type { LoadInput } from '../../workers/load-protocol.ts'
import { datatypeOf, elementBytes } from '../data/datatypes.ts'
import type { InputData } from '../data/input-data.ts'
import { type DataTensor, valueCount } from '../data/input-data-step.ts'
import type { InferCall, RequestedOutput, RequestTensor, SharedRange } from '../request.ts'
import { createSegment, type Segment } from '../shared-memory/segments.ts'
import type { Wire } from '../wire/wire.ts'

/** A cache line: tensors of a segment do not share one. */
const ALIGNMENT = 64
const UNREGISTER_TRIES = 10
const UNREGISTER_PAUSE_MS = 50

/** Control calls that tell the server of a segment. */
export interface RegionCalls {
  register(region: { name: string; key: string; bytes: number }): Promise<void>
  unregister(name: string): Promise<void>
}

export interface PreparedRequests {
  /** Variants to send, in order, of each data stream. */
  streams: number[][]
  /** The same, not yet encoded. */
  calls: InferCall[]
  /** Of the largest request on the wire. */
  requestBytes: number
  sharedMemoryBytes?: number
  /** Unregisters and removes the shared memory. Safe to call twice. */
  release(): Promise<void>
}

type Prepared = Pick<
  LoadInput,
  'model' | 'version' | 'outputs' | 'batch' | 'sharedMemory' | 'outputSharedMemoryBytes' | 'sequences'
>

/**
 * Encodes every request variant. With shared memory all inputs lie in one segment, written once; outputs share one
 * place each for all requests in flight, as perf_analyzer has it: nobody reads them.
 * @throws EngineError RUNTIME_UNAVAILABLE for CUDA, DISK_FULL, or what the server says to the registration
 */
export async function prepareRequests(
  wire: Pick<Wire, 'prepare'>,
  { streams }: InputData,
  input: Prepared,
  regions: () => Promise<RegionCalls>,
): Promise<PreparedRequests> {
  if (input.sharedMemory === 'none') {
    return { ...prepareAll(wire, streams, input, tensor => tensor.data, []), release: async () => {} }
  }
  if (input.sharedMemory === 'cuda') {
    throw new EngineError('RUNTIME_UNAVAILABLE', 'CUDA shared memory cannot be made here', {
      hint: 'Use system shared memory, or send tensors over the network.',
    })
  }
  const held: Segment[] = []
  const calls = await regions()
  const share = async (bytes: number) => {
    const segment = await createSegment(Math.max(bytes, 1))
    held.push(segment)
    await calls.register(segment)
    return segment
  }
  const release = async () => {
    const all = held.splice(0)
    // Out of /dev/shm first: that needs no server.
    await Promise.all(all.map(segment => segment.remove()))
    for (const segment of all) await unregister(calls, segment.name)
  }
  try {
    const layout = createLayout()
    const places = new Map(streams.flat(2).map(tensor => [tensor, layout.place(tensor.data.length)]))
    const inputs = await share(layout.bytes)
    for (const [{ data }, { offset }] of places) await inputs.write(data, offset)
    const outputLayout = createLayout()
    const outputPlaces = input.outputs.map(output => ({
      name: output.name,
      ...outputLayout.place(outputBytes(output, input)),
    }))
    const outputs = await share(outputLayout.bytes)
    const rangeOf = (tensor: DataTensor): SharedRange => {
      const place = places.get(tensor)
      if (place === undefined) throw new RangeError(`no place for ${tensor.name}`)
      return { region: inputs.name, ...place }
    }
    const shared = outputPlaces.map(({ name, ...place }) => ({ name, shared: { region: outputs.name, ...place } }))
    return {
      ...prepareAll(wire, streams, input, rangeOf, shared),
      sharedMemoryBytes: layout.bytes + outputLayout.bytes,
      release,
    }
  } catch (thrown) {
    await release()
    throw thrown
  }
}

/** A region is in use for a moment after its last request. A server that keeps it nevertheless loses it at our next start. */
async function unregister(calls: RegionCalls, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await calls.unregister(name)
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown
      if (tries === UNREGISTER_TRIES || thrown.code !== 'SERVER_REFUSED') return
      await sleep(UNREGISTER_PAUSE_MS)
    }
  }
}

function prepareAll(
  wire: Pick<Wire, 'prepare'>,
  streams: InputData['streams'],
  { model, version, sequences }: Prepared,
  dataOf: (tensor: DataTensor) => RequestTensor['data'],
  outputs: RequestedOutput[],
): Pick<PreparedRequests, 'streams' | 'calls' | 'requestBytes'> {
  let requestBytes = 0
  const calls: InferCall[] = []
  const variants = streams.map(steps =>
    steps.map(step => {
      const inputs = step.map(tensor => ({ ...tensor, data: dataOf(tensor) }))
      const call: InferCall = { model, ...(version === undefined ? {} : { version }), inputs, outputs }
      calls.push(call)
      const { variant, bytes } = wire.prepare(call, { sequence: sequences !== undefined })
      requestBytes = Math.max(requestBytes, bytes)
      return variant
    }),
  )
  return { streams: variants, calls, requestBytes }
}

/** Room for an output: its exact size, or --output-shared-memory-size an item where that is not known. */
function outputBytes(
  { name, datatype, shape }: LoadInput['outputs'][number],
  { batch, outputSharedMemoryBytes }: Prepared,
): number {
  const size = elementBytes(datatypeOf(datatype, `output ${name}`))
  const isKnown = size !== undefined && shape.every(dimension => dimension >= 0)
  return isKnown ? valueCount(shape) * size : outputSharedMemoryBytes * batch
}

function createLayout() {
  let end = 0
  return {
    get bytes() {
      return end
    },
    place(bytes: number): { offset: number; bytes: number } {
      const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT
      end = offset + bytes
      return { offset, bytes }
    },
  }
}
