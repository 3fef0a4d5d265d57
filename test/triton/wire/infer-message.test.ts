import { expect, test } from 'vitest'
import { parseStatistics } from '#formats/triton-statistics.ts'
import type { InferCall } from '../../../src-main/triton/request.ts'
import { encodeInfer, sequenceBytes } from '../../../src-main/triton/wire/infer-message.ts'
import { readStatistics } from '../../../src-main/triton/wire/statistics-message.ts'
import { StreamAnswer } from '../../../src-main/triton/wire/stream-answer.ts'
import { sampleBytes, sampleText, withoutSamples } from '../../helpers/samples.ts'

// Written by Google's protobuf for Python (tritonclient 2.51, service_pb2, SerializeToString(deterministic=True)).
const WITH_SEQUENCE = [
  '0a0d6964656e746974795f667033321201321a013722120a0c73657175656e63655f656e641202080022180a0b73657175656e63655f6964',
  '120910858080808080800122140a0e73657175656e63655f7374617274120208012a120a06494e505554301204465033321a0201042a6c0a',
  '0353484d120542595445531a03ac0202221e0a177368617265645f6d656d6f72795f627974655f73697a651203108020221a0a1473686172',
  '65645f6d656d6f72795f6f666673657412021040221d0a147368617265645f6d656d6f72795f726567696f6e12051a03696e30321f0a074f',
  '55545055543012140a0e636c617373696669636174696f6e120210033a100000803f000000400000404000008040',
].join('')
const PLAIN = [
  '0a0b6d6e6973745f646967697422170a087072696f72697479120b10ffffffffffffffffff0122120a05726174696f120921000000000000',
  'e03f22100a0377686f12091a077ac3bc7269636822090a03796573120208012a110a05494d4147451204465031361a0202003a00',
].join('')

const sequenceCall: InferCall = {
  model: 'identity_fp32',
  version: '2',
  id: '7',
  inputs: [
    { name: 'INPUT0', datatype: 'FP32', shape: [1, 4], data: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) },
    { name: 'SHM', datatype: 'BYTES', shape: [300, 2], data: { region: 'in0', offset: 64, bytes: 4096 } },
  ],
  outputs: [{ name: 'OUTPUT0', classes: 3 }],
}

test('a request with a sequence is what protobuf for Python writes, after the flags were patched', () => {
  const { bytes, sequenceAt } = encodeInfer(sequenceCall, { sequence: true })
  sequenceBytes({ id: 2 ** 49 + 5, start: true, end: false }).copy(bytes, sequenceAt)
  expect(bytes.subarray(5).toString('hex')).toBe(WITH_SEQUENCE)
  expect(bytes.readUInt32BE(1)).toBe(bytes.length - 5)
  expect(bytes[0]).toBe(0)
})

test('parameters of every kind, negative numbers and empty tensors are what protobuf for Python writes', () => {
  const { bytes } = encodeInfer({
    model: 'mnist_digit',
    parameters: { priority: -1, ratio: 0.5, who: 'zürich', yes: true },
    inputs: [{ name: 'IMAGE', datatype: 'FP16', shape: [2, 0], data: new Uint8Array(0) }],
    outputs: [],
  })
  expect(bytes.subarray(5).toString('hex')).toBe(PLAIN)
})

test('flags are always as long, whatever the number', () => {
  const lengths = [0, 1, 127, 128, 2 ** 31, Number.MAX_SAFE_INTEGER].map(
    id => sequenceBytes({ id, start: true, end: true }).length,
  )
  expect(new Set(lengths).size).toBe(1)
})

test.skipIf(withoutSamples)('statistics over gRPC read as the same statistics in protobuf-JSON do', () => {
  for (const model of ['image_cls', 'ensemble']) {
    const sample = `triton/server_real/grpc_ModelStatisticsResponse_${model}`
    const read = readStatistics(sampleBytes(`${sample}.bin`))
    expect(read).toEqual(parseStatistics(JSON.parse(sampleText(`${sample}.json`))))
    if (model === 'image_cls') expect(read[0]?.queue).toEqual({ count: 120, ns: 51_721_304 })
  }
})

test.skipIf(withoutSamples)(
  'a response inside a stream answer shows its outputs, and no final flag where there is none',
  () => {
    const response = sampleBytes('triton/server_real/grpc_ModelInferResponse_identity.bin')
    expect(response.length).toBeLessThan(128)
    const message = Buffer.concat([Buffer.from([0x12, response.length]), response])
    const answer = new StreamAnswer()
    answer.read(message, 0, message.length)
    expect({ error: answer.error, hasOutputs: answer.hasOutputs, final: answer.final }).toEqual({
      error: '',
      hasOutputs: true,
      final: undefined,
    })
  },
)
