import type { Point } from '#domain/point.ts'

export type StepId =
  | 'clientSend'
  | 'networkThere'
  | 'queue'
  | 'cacheHit'
  | 'cacheMiss'
  | 'computeInput'
  | 'computeInfer'
  | 'computeOutput'
  | 'networkBack'
  | 'clientRecv'

/** A step explained where it is seen: what the figure covers, what makes it grow, what to try. */
export interface StepWords {
  title: string
  covers: string
  grows: string
  tryNext: string
}

type Protocol = 'http' | 'grpc' | 'unknown'

/** A word per protocol where the two clients count differently; `unknown`: an imported table that does not say. */
function perProtocol(protocol: Protocol, words: { http: string; grpc: string }): string {
  if (protocol === 'unknown') return `Over HTTP: ${words.http} Over gRPC: ${words.grpc}`
  return words[protocol]
}

const ONE_FIGURE =
  'The way there, the way back and the server’s own reading and writing are one measured figure: average latency minus everything else. It is drawn half and half; the true split is not known.'

/** Sources: perf_analyzer inference_profiler.cc and its two client libraries; Triton's statistics extension. */
export function explainStep(id: StepId, { transport, server, batch }: Point): StepWords {
  const protocol: Protocol =
    transport?.protocol === 'http' || transport?.protocol === 'grpc' ? transport.protocol : 'unknown'
  const inSharedMemory = transport !== undefined && transport.sharedMemory !== 'none'
  switch (id) {
    case 'clientSend':
      return {
        title: 'Client send',
        covers: perProtocol(protocol, {
          http: 'From the first byte of the request until the socket has taken the last one.',
          grpc: 'Handing over the encoded request message; the bytes on the wire belong to the network step.',
        }),
        grows: 'Large inputs, many connections on few cores, a full socket buffer.',
        tryNext: inSharedMemory
          ? 'The tensors are in shared memory already, so only a short message is sent.'
          : 'Shared memory on the same machine; smaller types (FP16, UINT8); fewer inputs.',
      }
    case 'networkThere':
      return {
        title: 'Network to the server',
        covers: `The request on the wire, and the server reading it. ${ONE_FIGURE}`,
        grows: 'Distance, large tensors, TLS, a proxy, a busy server core that reads late, a busy client core.',
        tryNext: 'Shared memory; gRPC instead of HTTP or the reverse; client and server on one machine.',
      }
    case 'queue':
      return {
        title: 'Server queue',
        covers: 'Waiting at the server for a free instance, and for the dynamic batcher to fill a batch.',
        grows: 'More requests in flight than the instances can take; max_queue_delay_microseconds.',
        tryNext: `More instances (instance_group), a larger max_batch_size with dynamic_batching, or a lower concurrency.${batchNote(server)}`,
      }
    case 'computeInput':
      return {
        title: 'Compute input',
        covers: 'Gathering the inputs of the batch and copying them to where the model runs, such as the GPU.',
        grows: 'Large inputs, many requests in one server batch, host memory that is not pinned.',
        tryNext: inSharedMemory
          ? 'CUDA shared memory, so that inputs are on the GPU already.'
          : 'Smaller types; shared memory; a larger --pinned-memory-pool-byte-size.',
      }
    case 'computeInfer':
      return {
        title: 'Compute infer',
        covers: 'The model itself: the whole execution of the batch that the request was part of.',
        grows: `Work per batch: this row sends ${batch} per request, and the server may join several. Instances that share one GPU or core.`,
        tryNext: 'TensorRT or FP16 for the model, a smaller server batch, one instance a GPU, no other load.',
      }
    case 'computeOutput':
      return {
        title: 'Compute output',
        covers: 'Copying the results out of the model and into the responses of the batch.',
        grows: 'Large outputs, many requests in one server batch.',
        tryNext: 'Return less: top classes instead of whole maps, fewer outputs, smaller types.',
      }
    case 'cacheHit':
      return {
        title: 'Cache hit',
        covers: 'Looking an answer up in the response cache, for the requests that were found there.',
        grows: 'Large responses; a cache that is not local.',
        tryNext: 'Send different data with every request when the model itself is to be measured.',
      }
    case 'cacheMiss':
      return {
        title: 'Cache miss',
        covers: 'Looking up in vain, and putting the computed answer into the response cache.',
        grows: 'Large inputs (they are hashed) and large responses (they are copied).',
        tryNext: 'Turn response_cache off for models whose inputs rarely repeat.',
      }
    case 'networkBack':
      return {
        title: 'Network back',
        covers: `The server writing the response, and the response on the wire. ${ONE_FIGURE}`,
        grows: 'Large outputs, distance, TLS, a client too busy to read at once.',
        tryNext: 'Shared memory for outputs; fewer outputs; a client with cores of its own.',
      }
    case 'clientRecv':
      return {
        title: 'Client receive',
        covers: perProtocol(protocol, {
          http: 'From the first byte of the response to the last.',
          grpc: 'Wrapping the response message; its bytes on the wire belong to the network step.',
        }),
        grows: 'Large outputs; over HTTP also a server that sends its response in pieces.',
        tryNext: inSharedMemory ? 'Outputs are in shared memory already.' : 'Shared memory for outputs.',
      }
  }
}

/** "The server ran batches of 2.4 on average." */
function batchNote(server: Point['server']): string {
  const { inferenceCount, executionCount } = server?.model ?? {}
  if (inferenceCount === undefined || executionCount === undefined || executionCount === 0) return ''
  return ` The server ran batches of ${(inferenceCount / executionCount).toFixed(1)} on average.`
}
