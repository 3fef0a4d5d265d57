import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { refused } from '../../../src-main/triton/control/server-errors.ts'
import { sampleText, withoutSamples } from '../../helpers/samples.ts'

const HttpAnswers = z.array(z.object({ what: z.string(), request: z.string(), status: z.number(), answer: z.string() }))
const GrpcErrors = z.array(z.object({ what: z.string(), code: z.string(), details: z.string() }))

/** By hand, from what each request was: every recorded refusal of a real 2.51 and the code it must get. */
const HTTP: Record<string, string> = {
  'model that fails to load': 'SERVER_REFUSED',
  'register the same region twice': 'SERVER_REFUSED',
  'register a key that does not exist': 'SERVER_REFUSED',
  'register CUDA shared memory without a GPU': 'SERVER_REFUSED',
  'unknown model: metadata': 'NOT_FOUND',
  'unknown model: infer': 'NOT_FOUND',
  'unknown model: stats': 'NOT_FOUND',
  'unknown model: ready': 'SERVER_REFUSED',
  'unknown version': 'NOT_FOUND',
  'unloaded model: metadata': 'NOT_FOUND',
  'unloaded model: config': 'NOT_FOUND',
  'unloaded model: infer': 'NOT_FOUND',
  'wrong shape': 'SHAPE_MISMATCH',
  'wrong datatype': 'DATA_INVALID',
  'wrong input name': 'DATA_INVALID',
  'batch over max_batch_size': 'SHAPE_MISMATCH',
  'fewer data than the shape': 'SHAPE_MISMATCH',
  'not JSON': 'DATA_INVALID',
  'region not registered': 'SERVER_REFUSED',
  'decoupled model over plain infer': 'SERVER_REFUSED',
  'the model answers with an error': 'SERVER_REFUSED',
  'load a model that is not in the repository': 'NOT_FOUND',
  'set the trace file over the network': 'SERVER_REFUSED',
  'unknown path': 'SERVER_REFUSED',
  'server ready': 'SERVER_REFUSED',
  'unloaded model ready': 'SERVER_REFUSED',
}
const GRPC: Record<string, string> = {
  'unknown model: infer': 'NOT_FOUND',
  'unknown model: metadata': 'NOT_FOUND',
  'unloaded model: infer': 'NOT_FOUND',
  'wrong shape': 'SHAPE_MISMATCH',
  'fewer bytes than the shape': 'SHAPE_MISMATCH',
  'batch over max_batch_size': 'SHAPE_MISMATCH',
  'decoupled model over ModelInfer': 'SERVER_REFUSED',
  'the model answers with an error': 'SERVER_REFUSED',
  'deadline of 1 ms on a model that takes 5 ms': 'TIMEOUT',
}

describe.skipIf(withoutSamples)('recorded refusals', () => {
  test('every one over HTTP gets its code, with the words of the server kept', () => {
    const answers = HttpAnswers.parse(JSON.parse(sampleText('triton/server_real/answers_and_errors.json')))
    const failing = answers.filter(({ status }) => status >= 400)
    expect(
      Object.fromEntries(
        failing.map(({ what, status, answer, request }) => {
          const message = answer === '' ? '' : z.object({ error: z.string() }).parse(JSON.parse(answer)).error
          const error = refused({ status, message, where: request })
          expect(error.data.detail).toContain(message.trim())
          expect(error.data.where).toBe(request)
          return [what, error.code]
        }),
      ),
    ).toEqual(HTTP)
  })

  test('every one over gRPC gets its code', () => {
    const errors = GrpcErrors.parse(JSON.parse(sampleText('triton/server_real/grpc_errors.json')))
    const codes = errors.map(({ what, code, details }) => [
      what,
      refused({ status: code, message: details, where: 'ModelInfer' }).code,
    ])
    expect(Object.fromEntries(codes)).toEqual(GRPC)
  })
})

test("a restricted call names the header that is missing, and PyTriton's has an option of its own", () => {
  const own = refused({
    status: 403,
    message: "This API is restricted, expecting header 'KEY'",
    where: 'GET /v2/models/stats',
  })
  expect(own).toMatchObject({
    code: 'ACCESS_DENIED',
    message: expect.stringContaining('KEY'),
    data: { hint: "Give it: --header 'KEY: VALUE'." },
  })
  const grpc = refused({
    status: 'UNAVAILABLE',
    message: "This protocol is restricted, expecting header 'triton-grpc-protocol-triton-access-token'",
    where: 'ModelStatistics',
  })
  expect(grpc).toMatchObject({ code: 'ACCESS_DENIED', data: { hint: expect.stringContaining('--access-token') } })
})

test('a body over the limit of HTTP points to gRPC and shared memory', () => {
  for (const refusal of [
    { status: 413, message: '' },
    { status: 400, message: 'Request body of 104857600 bytes exceeds the maximum allowed input size of 67108864' },
  ]) {
    const error = refused({ ...refusal, where: 'POST /v2/models/m/infer' })
    expect(error.code).toBe('SERVER_REFUSED')
    expect(error.data.hint).toMatch(/gRPC or shared memory/)
  }
})

test('the answer of a proxy is kept, and cut in the message', () => {
  const error = refused({ status: 502, message: `<html>\n${'x'.repeat(5000)}`, where: 'GET /v2' })
  expect(error.message.length).toBeLessThan(260)
  expect(error.data.detail).toContain('HTTP 502')
})
