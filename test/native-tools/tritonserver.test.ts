import { expect, test } from 'vitest'
import { tritonserverArgs } from '../../native-tools/tritonserver.ts'

const ports = { http: 18000, grpc: 18001, metrics: 18002 }

test('a server listens on one address, loads what is named, and goes on without what fails', () => {
  const options = {
    repositoryPath: '/my models',
    modelControl: 'explicit' as const,
    load: ['a', 'b'],
    extra: ['--log-verbose=1'],
  }
  expect(tritonserverArgs(options, ports, '127.0.0.1')).toEqual([
    '--model-repository=/my models',
    '--model-control-mode=explicit',
    '--load-model=a',
    '--load-model=b',
    '--exit-on-error=false',
    '--exit-timeout-secs=5',
    '--http-address=127.0.0.1',
    '--http-port=18000',
    '--grpc-address=127.0.0.1',
    '--grpc-port=18001',
    '--metrics-address=127.0.0.1',
    '--metrics-port=18002',
    '--log-verbose=1',
  ])
})

test('all models are loaded where none is named; without control Triton loads them itself', () => {
  const options = { repositoryPath: '/m', load: [], extra: [] }
  expect(tritonserverArgs({ ...options, modelControl: 'explicit' }, ports, '127.0.0.1')).toContain('--load-model=*')
  expect(tritonserverArgs({ ...options, modelControl: 'none' }, ports, '127.0.0.1').join(' ')).not.toContain(
    '--load-model',
  )
})
