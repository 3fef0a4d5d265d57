import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { makesHostWait, sliceCategory } from '#formats/trace-json/meanings.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../../helpers/samples.ts'
import { readTrace, traceBytes } from '../../helpers/trace-json.ts'

const event = (cat: string, name: string, more: object, args: object = {}) => ({
  ph: 'X',
  cat,
  name,
  pid: 1,
  tid: 1,
  ts: 100,
  dur: 5,
  ...more,
  args,
})
const trace = (events: object[], tail: object = {}) =>
  JSON.stringify({ schemaVersion: 1, traceEvents: events, ...tail })

test('CPU or device is told by category: a process may have the number of a device', async () => {
  const sink = await readTrace(
    trace(
      [
        event('cpu_op', 'aten::a', { pid: 0, tid: 7 }),
        event('kernel', 'k', { pid: 0, tid: 7 }, { device: 0, stream: 7 }),
        event('gpu_user_annotation', 'ProfilerStep#1', { pid: 0, tid: 7 }, { 'External id': 4 }),
        event('cuda_sync', 'Stream Sync', { pid: 0, tid: 1_000_007 }, { device: 0, stream: 7 }),
        event('cuda_sync', 'Context Sync', { pid: 0, tid: -1 }, { device: 0, stream: -1 }),
        event('overhead', 'Buffer Flush', { pid: -1, tid: 0 }),
        { ph: 'M', name: 'process_name', pid: 0, tid: 0, args: { name: 'python' } },
        { ph: 'M', name: 'thread_name', pid: 0, tid: 7, args: { name: 'stream 7 ' } },
      ],
      {
        deviceProperties: [
          { id: 0, name: 'NVIDIA H100', totalGlobalMem: 5, computeMajor: 9, computeMinor: 0, numSms: 132 },
        ],
      },
    ),
  )
  expect(sink.tracks.map(({ spec: { kind, group, title, device } }) => [kind, group, title, device])).toEqual([
    ['thread', 'python (0)', 'thread 7', undefined],
    ['stream', 'GPU 0 (NVIDIA H100)', 'stream 7', 0],
    ['gpu-annotation', 'GPU 0 (NVIDIA H100)', 'stream 7: ranges', 0],
    ['gpu-sync', 'GPU 0 (NVIDIA H100)', 'stream 7: waits', 0],
    ['gpu-sync', 'GPU 0 (NVIDIA H100)', 'all streams: waits', 0],
    ['thread', 'Profiler', 'overhead', undefined],
  ])
  expect(sink.devices).toEqual([
    { id: 0, name: 'NVIDIA H100', memoryBytes: 5, multiprocessors: 132, computeCapability: '9.0' },
  ])
})

test('memory instants become a counter for each device; before torch 1.10 changes are added up', async () => {
  const memory = (args: object) => ({ ph: 'i', name: '[memory]', pid: 1, tid: 1, ts: 1, args })
  const sink = await readTrace(
    trace([
      memory({ 'Device Type': 1, 'Device Id': 0, Bytes: 512, 'Total Allocated': 2048 }),
      memory({ 'Device Type': 0, 'Device Id': -1, Bytes: 64 }),
      memory({ 'Device Type': 0, 'Device Id': -1, Bytes: -24 }),
    ]),
    { dialect: 'kineto' },
  )
  expect(sink.counters.map(({ track, value }) => [sink.tracks[track]?.spec.group, value])).toEqual([
    ['GPU 0', 2048],
    ['CPU', 64],
    ['CPU', 40],
  ])
})

test('what beside the events belongs in a passport is kept, and nothing of the environment', async () => {
  const sink = await readTrace(
    trace([event('cpu_op', 'aten::a', {})], {
      distributedInfo: { backend: 'nccl', rank: 3, world_size: 8 },
      cuda_runtime_version: 12090,
      hip_runtime_version: 60443484,
      with_stack: 1,
      username: 'someone',
      SLURM_JOB_ID: '17',
      WARNING: ['Lost events'],
    }),
  )
  expect(sink.told).toEqual({
    tool: 'torch.profiler',
    rank: 3,
    worldSize: 8,
    facts: {
      schemaVersion: 1,
      distributedBackend: 'nccl',
      cuda_runtime_version: '12.9',
      hip_runtime_version: '6.4.43484',
      with_stack: true,
    },
  })
  expect(sink.notices).toEqual(["The profiler's own warning: Lost events"])
})

test.each([
  ['op', 'ProfilerStep#3', 'annotation'],
  ['annotation', 'enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__', 'data-loading'],
  ['op', 'enumerate(DataPipe)#Mapper', 'data-loading'],
  ['runtime', 'cudaLaunchKernel', 'runtime'],
  ['runtime', 'hipStreamSynchronize', 'sync'],
  ['kernel', 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)', 'communication'],
  ['kernel', 'void rcclGenericKernel<1>()', 'communication'],
  ['kernel', '__amd_rocclr_copyBuffer.kd', 'memcpy'],
  ['kernel', '__amd_rocclr_fillBufferAligned', 'memset'],
  ['kernel', 'volta_scudnn_128x64_relu_medium_nn_v1', 'kernel'],
] as const)('%s %s is %s', (meaning, name, category) => {
  expect(sliceCategory(meaning, name)).toBe(category)
})

test('calls that wait are known in every spelling', () => {
  const waits = [
    'cudaDeviceSynchronize_v3020',
    'cudaStreamSynchronize_ptsz',
    'cuEventSynchronize',
    'zeCommandQueueSynchronize',
  ]
  for (const call of waits) expect(makesHostWait(call)).toBe(true)
  for (const call of ['cudaMemcpy', 'cudaLaunchKernel', 'cudaStreamWaitEvent']) expect(makesHostWait(call)).toBe(false)
})

const samples = withoutSamples
  ? []
  : ['kineto', 'kineto_local'].flatMap(folder =>
      readdirSync(join(SAMPLES_FOLDER, folder))
        .filter(name => /\.json(?:\.gz)?$/.test(name) && !/reference|truth/.test(name))
        .map(name => `${folder}/${name}`),
    )
const Parsed = z.object({
  traceEvents: z.array(
    z.object({ ph: z.string(), cat: z.string().optional(), name: z.string(), dur: z.number().optional() }),
  ),
})

test.skipIf(withoutSamples)('there are 22 samples', () => expect(samples).toHaveLength(22))

/** The largest has 75 000 events; comparing them is what takes the time. */
test.each(samples)('%s: names and durations, in order, are those of JSON.parse', async file => {
  const bytes = traceBytes(file)
  const sink = await readTrace(bytes)
  const { traceEvents } = Parsed.parse(JSON.parse(new TextDecoder().decode(bytes)))
  const spans = traceEvents.filter(({ ph, cat }) => ph === 'X' && cat !== 'Trace')
  expect(sink.slices.map(({ name }) => name)).toEqual(spans.map(({ name }) => name))
  expect(sink.slices.map(({ durationNs }) => durationNs)).toEqual(spans.map(({ dur = 0 }) => Math.round(dur * 1000)))
  expect(sink.unreadPlaces).toEqual([])
}, 60_000)
