import type { Protocol } from '#domain/server.ts'
import type { SharedMemory } from '#domain/sweep-spec.ts'

export const PROTOCOLS: readonly Protocol[] = ['http', 'grpc']
export const PROTOCOL_TITLES: Readonly<Record<Protocol, string>> = { http: 'HTTP', grpc: 'gRPC' }

/** `ability`: what the server must allow. */
export const SHARED_MEMORIES: readonly { value: SharedMemory; label: string; ability?: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'system', label: 'System', ability: 'systemSharedMemory' },
  { value: 'cuda', label: 'CUDA', ability: 'cudaSharedMemory' },
]
