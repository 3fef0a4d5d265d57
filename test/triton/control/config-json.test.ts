import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { normaliseConfig } from '../../../src-main/triton/control/config-json.ts'
import { grpcMethod } from '../../../src-main/triton/control/grpc-service.ts'
import { sampleBytes, sampleText, withoutSamples } from '../../helpers/samples.ts'

const REAL = 'triton/server_real'

describe.skipIf(withoutSamples)('recorded configurations', () => {
  test.each(['ensemble', 'image_cls'])('%s is the same from HTTP and from the bytes of gRPC', model => {
    const bytes = Buffer.from(sampleBytes(`${REAL}/grpc_ModelConfigResponse_${model}.bin`))
    const { config } = z.object({ config: z.unknown() }).parse(grpcMethod('ModelConfig').responseDeserialize(bytes))
    const overHttp = normaliseConfig(JSON.parse(sampleText(`${REAL}/config_${model}.json`)))
    const overGrpc = normaliseConfig(config)
    // A field newer than the recorded server: gRPC's library adds its default.
    const ensemble = z
      .object({ max_inflight_requests: z.literal(0).optional() })
      .safeParse(overGrpc.ensemble_scheduling)
    expect(ensemble.success).toBe(model === 'ensemble')
    expect(overGrpc).toMatchObject(overHttp)
    expect(Object.keys(overGrpc)).toEqual(Object.keys(overHttp))
  })

  test.each(['ensemble', 'image_cls'])('%s as protobuf-JSON says the same as far as it goes', model => {
    const camel = z
      .object({ config: z.unknown() })
      .parse(JSON.parse(sampleText(`${REAL}/grpc_ModelConfigResponse_${model}.json`)))
    expect(normaliseConfig(JSON.parse(sampleText(`${REAL}/config_${model}.json`)))).toMatchObject(
      normaliseConfig(camel.config),
    )
  })
})

test("keys of maps are nobody's field names", () => {
  const config = normaliseConfig({
    parameters: { maxBatchSize: { stringValue: 'x' }, FORCE_CPU: { string_value: 'y' } },
    ensembleScheduling: { step: [{ modelName: 'a', modelVersion: '-1', inputMap: { dataType: 'imageIn' } }] },
    dynamicBatching: { priorityQueuePolicy: { 1: { maxQueueSize: 5, timeoutAction: 1 } } },
  })
  expect(config).toEqual({
    dynamic_batching: { priority_queue_policy: { 1: { max_queue_size: 5, timeout_action: 'DELAY' } } },
    ensemble_scheduling: { step: [{ model_name: 'a', model_version: -1, input_map: { dataType: 'imageIn' } }] },
    parameters: { maxBatchSize: { string_value: 'x' }, FORCE_CPU: { string_value: 'y' } },
  })
})

test('fields of a newer server are kept as they came, absent messages are left out', () => {
  expect(normaliseConfig({ name: 'm', fromTheFuture: { someThing: '1' }, optimization: null })).toEqual({
    name: 'm',
    fromTheFuture: { someThing: '1' },
  })
})

test('integers beyond 2^53 stay text', () => {
  const defaults = normaliseConfig({
    dynamicBatching: { priorityLevels: '9007199254740993', maxQueueDelayMicroseconds: '500' },
  })
  expect(defaults.dynamic_batching).toEqual({ priority_levels: '9007199254740993', max_queue_delay_microseconds: 500 })
})
