import { expect, test } from 'vitest'
import { doorOf, slotsOf, wireOptions } from '../../../src-main/triton/load/wire-options.ts'
import type { LoadInput } from '../../../src-main/workers/load-protocol.ts'
import { loadInput } from '../../helpers/triton/load.ts'

const input = (overrides: Partial<LoadInput>) => ({ ...loadInput({ http: 8000, grpc: 8001 }, 'delay'), ...overrides })

test('slots are the concurrency, the sequences, or what a rate brings in a second', () => {
  const rate = (requestsPerSec: number, maxInFlight = 4096) =>
    slotsOf(input({ load: { kind: 'rate', requestsPerSec, distribution: 'constant', maxInFlight } }))
  expect(slotsOf(input({ load: { kind: 'concurrency', concurrency: 300 } }))).toBe(300)
  expect([rate(1), rate(100.5), rate(5000), rate(5000, 8)]).toEqual([16, 101, 256, 8])
  const load = { kind: 'schedule' as const, intervalsUs: [10_000, 30_000], maxInFlight: 4096 }
  expect(slotsOf(input({ load }))).toBe(50)
  expect(slotsOf(input({ load, sequences: { count: 7, length: 3, lengthVariation: 0 } }))).toBe(7)
})

test('an IPv6 host stays bare, and the token goes where the protocol wants it', () => {
  const target = (protocol: 'http' | 'grpc') => ({
    ...input({}).target,
    protocol,
    host: '::1',
    connection: { headers: { 'X-A': 'b' }, accessToken: 'T', timeoutMs: 1000 },
  })
  const options = (protocol: 'http' | 'grpc') => {
    const whole = input({ target: target(protocol) })
    return wireOptions(whole, doorOf(whole))
  }
  expect(options('http')).toMatchObject({ host: '::1', headers: { 'x-a': 'b', 'triton-access-token': 'T' } })
  expect(options('grpc').headers).toEqual({ 'x-a': 'b', 'triton-grpc-protocol-triton-access-token': 'T' })
  expect(options('grpc')).not.toHaveProperty('tls')
})
