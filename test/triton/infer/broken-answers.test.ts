import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import type { InferResponse } from '../../../src-main/triton/control/client.ts'
import { readGrpcInfer, readStreamAnswer } from '../../../src-main/triton/control/grpc-infer.ts'
import { grpcMethod } from '../../../src-main/triton/control/grpc-service.ts'
import { decodeHttpInfer } from '../../../src-main/triton/control/http-infer.ts'
import { encodeBytes, encodeValues } from '../../../src-main/triton/data/datatypes.ts'
import { readOutput } from '../../../src-main/triton/infer/read-output.ts'

const TIMES = { sentMs: 1, firstByteMs: 2, endMs: 3, requestBytes: 1, status: 200 }
const SCORES = encodeBytes(['0.5:1:one', '0.25:0:zero'])
const FLOATS = encodeValues('FP32', [1, Number.NaN, 3, 4])

/** Reads it as far as a page would; a refusal of ours is as good as an answer. */
function read(make: () => InferResponse): 'answer' | 'refused' {
  try {
    for (const output of make().outputs) {
      readOutput(output, { isClassified: true, ownTop: 0, isBatched: true })
      readOutput(output, { isClassified: false, ownTop: 3, isBatched: true })
    }
    return 'answer'
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    return 'refused'
  }
}

/** Bytes with some exchanged, taken out or doubled. */
const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'double')), { maxLength: 6 })
function damaged(whole: Uint8Array, changes: readonly (readonly [number, number, string])[]): Buffer {
  let bytes = Buffer.from(whole)
  for (const [place, value, how] of changes) {
    if (bytes.length === 0) break
    const at = place % bytes.length
    if (how === 'set') bytes[at] = value
    else if (how === 'cut') bytes = bytes.subarray(0, at)
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at), bytes.subarray(at)])
  }
  return bytes
}

test('over HTTP whatever comes is an answer or a typed error', () => {
  const json = Buffer.from(
    JSON.stringify({
      model_version: '1',
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: FLOATS.length } },
        { name: 'c', datatype: 'BYTES', shape: [1, 2], parameters: { binary_data_size: SCORES.length } },
        { name: 'j', datatype: 'INT64', shape: [2], data: [1, [2]] },
      ],
    }),
  )
  const whole = Buffer.concat([json, FLOATS, SCORES])
  const answer = (body: Buffer, length: string) => () =>
    decodeHttpInfer({ ...TIMES, body, headers: { 'inference-header-content-length': length } })
  expect(read(answer(whole, String(json.length)))).toBe('answer')
  const seen = { answer: 0, refused: 0 }
  fc.assert(
    fc.property(
      damage,
      fc.oneof({ weight: 5, arbitrary: fc.constant(String(json.length)) }, fc.string()),
      (changes, length) => {
        seen[read(answer(damaged(whole, changes), length))]++
      },
    ),
    { numRuns: 3000 },
  )
  expect(seen.refused).toBeGreaterThan(100)
  expect(seen.answer).toBeGreaterThan(100)
})

test('over gRPC whatever decodes is an answer or a typed error', () => {
  const { responseSerialize, responseDeserialize } = grpcMethod('ModelStreamInfer')
  const whole = responseSerialize({
    infer_response: {
      model_version: '1',
      parameters: { triton_final_response: { bool_param: true } },
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [2, 2] },
        { name: 'c', datatype: 'BYTES', shape: [1, 2] },
      ],
      raw_output_contents: [FLOATS, SCORES],
    },
  })
  const seen = { answer: 0, refused: 0, unread: 0 }
  fc.assert(
    fc.property(damage, changes => {
      let message: object
      try {
        message = responseDeserialize(damaged(whole, changes))
      } catch {
        seen.unread++ // the library says INTERNAL, which is a refusal
        return
      }
      seen[
        read(() => {
          const stream = readStreamAnswer(message)
          if (stream.error !== undefined) throw new EngineError('SERVER_REFUSED', stream.error)
          return readGrpcInfer(stream.response, { totalMs: 1, requestBytes: 1, responseBytes: 1 })
        })
      ]++
    }),
    { numRuns: 3000 },
  )
  expect(seen.answer).toBeGreaterThan(100)
  expect(seen.refused).toBeGreaterThan(100)
})
