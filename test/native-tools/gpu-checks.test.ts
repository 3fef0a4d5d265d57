import { expect, test } from 'vitest'
import { gpuChecks } from '../../native-tools/gpu-checks.ts'
import { cudaVersion, parseGpus } from '../../native-tools/nvidia-smi.ts'

// In the form of nvidia-smi's documentation for --format=csv,noheader,nounits; the values are made up.
const SERVER =
  'NVIDIA H100 80GB HBM3, GPU-1, 550.54.15, 81559, 4, 700.00, 345, 1980, 2619, Enabled, Default, Disabled, 31, 0, 0x1'
const SPLIT =
  'NVIDIA H200, GPU-2, 610.43.02, 143771, 44, 700.00, 345, 1980, 2619, Disabled, Default, Enabled, 40, [N/A], 0x0'
const LAPTOP =
  'NVIDIA GeForce RTX 3060 Laptop GPU, GPU-6, 551.86, 6144, 312, [N/A], 210, [N/A], 405, [N/A], Default, [N/A], 44, 3, 0x0'

test('a GPU says what it is, and how to hold its clocks', () => {
  expect(gpuChecks(parseGpus(SERVER))).toEqual([
    {
      id: 'gpu-0',
      title: 'GPU 0',
      state: 'ok',
      found:
        'NVIDIA H100 80GB HBM3, driver 550.54.15, memory 81559 MiB, power limit 700 W, persistence enabled, MIG disabled',
      readyFor: 'runtimes of TensorRT and CUDA, under watch',
      hint: 'sudo nvidia-smi -i 0 --lock-gpu-clocks=MHZ,MHZ (at most 1980) holds the clocks while you compare; --reset-gpu-clocks lets them go.',
    },
  ])
})

test('a driver that goes to sleep and a GPU in pieces are warnings with what to do', () => {
  const [, split] = gpuChecks(parseGpus(`${SERVER}\n${SPLIT}`))
  expect(split).toMatchObject({ title: 'GPU 1', state: 'warning' })
  expect(split?.hint).toMatch(/^sudo nvidia-smi -i 1 --persistence-mode=1 .* With MIG, power, clocks /)
})

test('the CUDA version the driver runs stands in the head of the table, before and since driver 610', () => {
  const old = '| NVIDIA-SMI 465.27       Driver Version: 465.27       CUDA Version: 11.3     |'
  const recent = '| NVIDIA-SMI 610.43.02    KMD Version: 610.43.02    CUDA UMD Version: 13.3     |'
  expect([old, recent, '| CUDA Version: N/A |', ''].map(cudaVersion)).toEqual(['11.3', '13.3', undefined, undefined])
  const [gpu] = gpuChecks({ ...parseGpus(SERVER), cudaVersion: '13.3' })
  expect(gpu?.found).toContain('driver 550.54.15, CUDA up to 13.3, memory')
})

test('what a GPU does not have is not mentioned; no GPU is no line', () => {
  const [laptop] = gpuChecks(parseGpus(LAPTOP))
  expect(laptop).toMatchObject({
    state: 'ok',
    found: 'NVIDIA GeForce RTX 3060 Laptop GPU, driver 551.86, memory 6144 MiB',
  })
  expect(laptop?.hint).not.toContain('at most')
  expect(gpuChecks({ gpus: 'none found' })).toEqual([])
  expect(gpuChecks({ gpus: 'unknown', nvidiaSmi: 'it failed' })).toEqual([])
})
