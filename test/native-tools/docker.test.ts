import { expect, test } from 'vitest'
import {
  dockerEnvArgv,
  dockerRunArgv,
  dockerStopArgv,
  dockerVersion,
  tensorrtOfImage,
} from '../../native-tools/docker.ts'

const OPTIONS = {
  repositoryPath: '/data/my models',
  modelControl: 'explicit' as const,
  load: [],
  extra: [],
  image: 'nvcr.io/nvidia/tritonserver:24.10-py3',
  name: 'batchscope-1',
  gpus: true,
  ports: { http: 8000, grpc: 8001, metrics: 9002 },
  sharedMemory: true,
}

test('a container gets the GPUs, the host’s shared memory, ports on this machine alone and the repository read-only', () => {
  expect(dockerRunArgv('/usr/bin/docker', OPTIONS)).toEqual([
    '/usr/bin/docker',
    'run',
    '--rm',
    '--name',
    'batchscope-1',
    '--gpus',
    'all',
    '--ipc=host',
    '--publish',
    '127.0.0.1:8000:8000',
    '--publish',
    '127.0.0.1:8001:8001',
    '--publish',
    '127.0.0.1:9002:8002',
    '--mount',
    'type=bind,source=/data/my models,target=/models,readonly',
    'nvcr.io/nvidia/tritonserver:24.10-py3',
    'tritonserver',
    '--model-repository=/models',
    '--model-control-mode=explicit',
    '--load-model=*',
    '--exit-on-error=false',
    '--exit-timeout-secs=5',
    '--http-address=0.0.0.0',
    '--http-port=8000',
    '--grpc-address=0.0.0.0',
    '--grpc-port=8001',
    '--metrics-address=0.0.0.0',
    '--metrics-port=8002',
  ])
})

test('without the host’s shared memory it gets room of its own; a comma in a path does not end the mount', () => {
  const argv = dockerRunArgv('docker', {
    ...OPTIONS,
    sharedMemory: false,
    gpus: false,
    repositoryPath: '/a,readonly=0,"b"',
  })
  expect(argv).toContain('--shm-size=1g')
  expect(argv).not.toContain('--gpus')
  expect(argv).toContain('type=bind,"source=/a,readonly=0,""b""",target=/models,readonly')
})

test('it is stopped by its name; docker and podman tell their versions', () => {
  expect(dockerStopArgv('docker', 'batchscope-1')).toEqual(['docker', 'stop', '--time', '10', 'batchscope-1'])
  expect(dockerVersion('Docker version 27.3.1, build ce12230')).toBe('27.3.1')
  expect(dockerVersion('podman version 4.3.1')).toBe('podman 4.3.1')
  expect(dockerVersion('something else')).toBeUndefined()
})

test('an image tells its TensorRT by the variable that NVIDIA sets; others tell nothing', () => {
  expect(dockerEnvArgv('docker', 'a:b')).toEqual([
    'docker',
    'image',
    'inspect',
    '--format',
    '{{json .Config.Env}}',
    'a:b',
  ])
  expect(tensorrtOfImage('["PATH=/bin","TRT_VERSION=10.5.0.18","CUDA_VERSION=12.6.2"]')).toBe('10.5.0.18')
  expect(tensorrtOfImage('["TRT_VERSION=8.5.3.1+cuda11.8"]')).toBe('8.5.3.1')
  expect(tensorrtOfImage('["PATH=/bin"]')).toBeUndefined()
  expect(tensorrtOfImage('')).toBeUndefined()
})
