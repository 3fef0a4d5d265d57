import { expect, test } from 'vitest'
import { calibrate } from '../../../src-main/triton/load/calibrate.ts'
import type { InferCall } from '../../../src-main/triton/request.ts'

const call = (bytes: number): InferCall => ({
  model: 'm',
  inputs: [{ name: 'x', datatype: 'UINT8', shape: [1, bytes], data: new Uint8Array(bytes) }],
  outputs: [],
})

const cases = (['grpc', 'http'] as const).flatMap(protocol =>
  [16, 600_000].flatMap(bytes => [1, 8].map(slots => ({ protocol, bytes, slots }))),
)

test.each(cases)('the loopback answers $bytes bytes over $protocol in $slots slots', async ({
  protocol,
  bytes,
  slots,
}) => {
  const options = {
    host: 'never.used',
    port: 1,
    headers: { 'x-secret': 'a' },
    slots,
    requestTimeoutMs: 5000,
    streaming: false,
  }
  const { loopbackMs, loopbackPerSec = 0 } = await calibrate(protocol, options, call(bytes), 60)
  expect(loopbackMs).toBeGreaterThan(0)
  expect(loopbackPerSec).toBeGreaterThan(slots)
})
