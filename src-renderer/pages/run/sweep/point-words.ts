import type { Point } from '#domain/point.ts'

const PROTOCOL_TITLES: Readonly<Record<string, string>> = { http: 'HTTP', grpc: 'gRPC' }

export function protocolTitle(protocol: string): string {
  return PROTOCOL_TITLES[protocol] ?? protocol
}

const WORDS: readonly ((point: Point) => string)[] = [
  point => `batch ${point.batch}`,
  point => (point.requestRate === undefined ? `concurrency ${point.concurrency}` : `${point.requestRate} requests/s`),
  point => (point.transport === undefined ? '' : protocolTitle(point.transport.protocol)),
  point => sharedMemoryWords(point),
  point => (point.repeat > 1 ? `repeat ${point.repeat}` : ''),
]

function sharedMemoryWords({ transport }: Point): string {
  if (transport === undefined) return ''
  return transport.sharedMemory === 'none' ? 'no shared memory' : `${transport.sharedMemory} shared memory`
}

/** What tells this point from the others, in words: "concurrency 16, gRPC". A point alone tells its load. */
export function pointWords(point: Point, points: readonly Point[]): string {
  // A load at which nothing could be measured tells only the failed ones apart.
  const others = point.status === 'done' ? points.filter(({ status }) => status === 'done') : points
  const telling = WORDS.filter(words => new Set(others.map(words)).size > 1)
  const words = (telling.length === 0 ? WORDS.slice(0, 2) : telling).map(word => word(point))
  return words.filter(Boolean).join(', ')
}
