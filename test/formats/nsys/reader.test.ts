import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { rowOf } from '../../../src-main/formats/nsys/places.ts'
import { openTables } from '../../../src-main/workers/table-source.ts'
import { globalPid, globalTid, madeDatabase, strings } from '../../helpers/nsys/made.ts'
import { readDatabase } from '../../helpers/nsys/read.ts'
import { NSYS_DATABASES } from '../../helpers/nsys/stats-csv.ts'
import { withoutSamples } from '../../helpers/samples.ts'

const KERNEL = { deviceId: 0, contextId: 1, streamId: 7, globalPid: globalPid(42), demangledName: 1 }

describe('NVTX', () => {
  const made = () =>
    madeDatabase({
      StringIds: strings('registered', 'GPU work'),
      PROCESSES: [{ globalPid: globalPid(42), pid: 42, name: '/usr/bin/python3' }],
      ThreadNames: [
        { nameId: 2, priority: 20, globalTid: globalTid(42, 43) },
        { nameId: 1, priority: 10, globalTid: globalTid(42, 43) },
      ],
      NVTX_EVENTS: [
        { start: -50, eventType: 75, text: 'TensorRT', domainId: 1, globalTid: globalTid(42, 42) },
        { start: -40, eventType: 75, text: 'another process', domainId: 1, globalTid: globalTid(7, 7) },
        { start: -5, end: 10, eventType: 59, text: 'inline', domainId: 0, globalTid: globalTid(42, 42) },
        { start: 1, end: 5, eventType: 59, textId: 1, domainId: 1, globalTid: globalTid(42, 42) },
        {
          start: 2,
          end: 30,
          eventType: 60,
          textId: 1,
          rangeId: 1,
          domainId: 0,
          globalTid: globalTid(42, 43),
          endGlobalTid: globalTid(42, 42),
        },
        { start: 3, eventType: 34, text: 'a mark', domainId: 0, globalTid: globalTid(42, 42) },
        { start: 4, eventType: 59, text: 'never closed', domainId: 0, globalTid: globalTid(42, 42) },
        { start: 4, eventType: 33, text: 'a category', category: 3, domainId: 0, globalTid: globalTid(42, 42) },
        { start: 90, eventType: 76, domainId: 1, globalTid: globalTid(42, 42) },
        { start: 4, end: 6, eventType: 99_999, globalTid: globalTid(42, 42) },
      ],
    })

  test('ranges have domain, thread and process; marks are points; an open range ends with the last stamp', async () => {
    const sink = await readDatabase(made())
    const told = sink.slices.map(slice => {
      const { kind, title, group, threadId } = sink.trackOf(slice)
      return [slice.startNs, slice.durationNs, slice.name, slice.category, kind, title, group, threadId]
    })
    expect(told).toEqual([
      [-5, 15, 'inline', 'nvtx', 'nvtx', 'thread 42', 'python3 (42)', '42'],
      [1, 4, 'TensorRT:registered', 'nvtx', 'nvtx', 'TensorRT · thread 42', 'python3 (42)', '42'],
      [2, 28, 'registered', 'nvtx', 'async', 'registered 43', 'python3 (42)', '43'],
      [3, 0, 'a mark', 'other', 'mark', 'thread 42', 'python3 (42)', '42'],
      [4, 86, 'never closed', 'nvtx', 'nvtx', 'thread 42', 'python3 (42)', '42'],
    ])
    expect(sink.notices).toEqual([expect.stringMatching(/^1 NVTX ranges were never closed/)])
    expect(sink.unreadPlaces).toEqual([{ reason: 'NVTX event type 99999', where: 'NVTX_EVENTS row 10' }])
  })

  test('both ways of reading tell the same', async () => {
    const path = made()
    expect((await readDatabase(path, { pageByPage: false })).slices).toEqual((await readDatabase(path)).slices)
  })
})

describe('device work', () => {
  test('copies are named as torch does; unified memory says no kinds; sizes and launches follow', async () => {
    const at = { deviceId: 0, contextId: 1, streamId: 7, globalPid: globalPid(42) }
    const sink = await readDatabase(
      madeDatabase({
        StringIds: strings('void ncclDevKernel_AllReduce_Sum_f32(x)', 'void gemm<float>(int)'),
        CUPTI_ACTIVITY_KIND_KERNEL: [
          {
            ...KERNEL,
            start: 10,
            end: 30,
            correlationId: 5,
            gridX: 8,
            gridY: 2,
            gridZ: 1,
            blockX: 128,
            blockY: 1,
            blockZ: 1,
            registersPerThread: 40,
            staticSharedMemory: 16,
            dynamicSharedMemory: 1024,
          },
          { ...KERNEL, start: 40, end: 50, demangledName: 2, streamId: 8 },
        ],
        CUPTI_ACTIVITY_KIND_MEMCPY: [
          { ...at, start: 1, end: 3, bytes: 4096, copyKind: 1, srcKind: 0, dstKind: 2 },
          { ...at, start: 4, end: 5, bytes: 8, copyKind: 11, srcKind: 7, dstKind: 7 },
        ],
        CUPTI_ACTIVITY_KIND_MEMSET: [{ ...at, start: 6, end: 7, bytes: 64, memKind: 2 }],
        CUPTI_ACTIVITY_KIND_GRAPH_TRACE: [{ ...at, start: 60, end: 80, graphId: 3, correlationId: 9 }],
        CUPTI_ACTIVITY_KIND_SYNCHRONIZATION: [{ ...at, streamId: 4_294_967_295, start: 81, end: 90, syncType: 4 }],
      }),
    )
    expect(sink.slices.map(({ name, category, bytes, correlation }) => [name, category, bytes, correlation])).toEqual([
      ['void ncclDevKernel_AllReduce_Sum_f32(x)', 'communication', undefined, 5],
      ['void gemm<float>(int)', 'kernel', undefined, 0],
      ['Memcpy HtoD (Pageable -> Device)', 'memcpy', 4096, 0],
      ['Memcpy Unified HtoD', 'memcpy', 8, 0],
      ['Memset (Device)', 'memset', 64, 0],
      ['CUDA graph 3', 'graph', undefined, 9],
      ['Context sync', 'gpu-sync', undefined, 0],
    ])
    expect(sink.slices[0]?.launch).toEqual({
      blocks: 16,
      threadsPerBlock: 128,
      registersPerThread: 40,
      sharedBytes: 1040,
      occupancy: Number.NaN,
    })
    expect(sink.tracks.map(({ spec }) => spec.title)).toEqual(['stream 7', 'stream 8', 'synchronisation, all streams'])
    expect(sink.notices.join()).toContain('1 launches of CUDA graphs were recorded as a whole')
  })

  test('processes that share a GPU and its stream numbers stay apart, correlations too', async () => {
    const sink = await readDatabase(
      madeDatabase({
        StringIds: strings('k', 'cudaLaunchKernel_v7000', 'cudaStreamSynchronize_v3020'),
        PROCESSES: [42, 43].map(pid => ({ globalPid: globalPid(pid), pid, name: 'worker' })),
        CUPTI_ACTIVITY_KIND_KERNEL: [42, 43].map(pid => ({
          ...KERNEL,
          globalPid: globalPid(pid),
          start: 10,
          end: 30,
          correlationId: 5,
        })),
        CUPTI_ACTIVITY_KIND_RUNTIME: [42, 43].flatMap(pid => [
          { start: 1, end: 2, globalTid: globalTid(pid, pid), correlationId: 5, nameId: 2 },
          { start: 3, end: 4, globalTid: globalTid(pid, pid), correlationId: 6, nameId: 3 },
        ]),
      }),
    )
    expect(sink.tracks.map(({ spec }) => [spec.title, spec.group, spec.linkScope])).toEqual([
      ['stream 7 · worker (42)', 'GPU 0', String((1 << 24) + 42)],
      ['stream 7 · worker (43)', 'GPU 0', String((1 << 24) + 43)],
      ['thread 42', 'worker (42)', String((1 << 24) + 42)],
      ['thread 43', 'worker (43)', String((1 << 24) + 43)],
    ])
    expect(sink.of('sync').map(({ name }) => name)).toEqual(['cudaStreamSynchronize', 'cudaStreamSynchronize'])
  })
})

test('memory in use, GPU metrics and CPU samples become counters; page faults become events', async () => {
  const memory = { globalPid: globalPid(42), deviceId: 1, memKind: 2 }
  const sink = await readDatabase(
    madeDatabase({
      StringIds: strings('x'),
      CUDA_GPU_MEMORY_USAGE_EVENTS: [
        { ...memory, start: 20, bytes: 100, memoryOperationType: 1 },
        { ...memory, start: 10, bytes: 100, memoryOperationType: 0 },
        { ...memory, start: 15, bytes: 50, memoryOperationType: 0 },
      ],
      TARGET_INFO_GPU_METRICS: [{ typeId: 9, metricId: 1, typeName: 'GPU', metricName: 'SMs Active [Throughput %]' }],
      GPU_METRICS: [
        { timestamp: 5, typeId: 9, metricId: 1, value: 70 },
        { timestamp: 6, typeId: 9, metricId: 1, value: 75 },
      ],
      COMPOSITE_EVENTS: [1, 2, 3].map(id => ({ id, start: id * 4_000_000, globalTid: globalTid(42, 42) })),
      CUDA_UM_CPU_PAGE_FAULT_EVENTS: [{ start: 30, globalPid: globalPid(42) }],
      CUDA_UM_GPU_PAGE_FAULT_EVENTS: [{ start: 31, end: 35, globalPid: globalPid(42), deviceId: 1 }],
    }),
  )
  const counters = sink.counters.map(({ track, atNs, value }) => [
    sink.tracks[track]?.spec.title,
    sink.tracks[track]?.spec.unit,
    atNs,
    value,
  ])
  expect(counters).toEqual([
    ['Memory in use (Device)', 'bytes', 10, 100],
    ['Memory in use (Device)', 'bytes', 15, 150],
    ['Memory in use (Device)', 'bytes', 20, 50],
    ['SMs Active [Throughput %]', '%', 5, 70],
    ['SMs Active [Throughput %]', '%', 6, 75],
    ['CPU samples', '1/s', 0, 200],
    ['CPU samples', '1/s', 10_000_000, 100],
    ['CPU samples', '1/s', 20_000_000, 0],
  ])
  expect(sink.slices.map(({ name, startNs, durationNs }) => [name, startNs, durationNs])).toEqual([
    ['CPU page fault', 30, 0],
    ['GPU page fault', 31, 4],
  ])
})

describe('origin', () => {
  test('version, schema, clock and rank are told, never the environment', async () => {
    const sink = await readDatabase(
      madeDatabase({
        StringIds: strings('k'),
        META_DATA_EXPORT: [
          { name: 'EXPORT_PRODUCT_VERSION', value: '2025.5.2.266' },
          { name: 'EXPORT_SCHEMA_VERSION', value: '3.24.0' },
        ],
        META_DATA_CAPTURE: [
          { name: 'CAPTURE_EVENT_TYPE', value: 'Cuda' },
          { name: 'CAPTURE_EVENT_TYPE', value: 'NvtxEvents' },
          { name: 'CUDA_GRAPH_TRACE_OPTIONS:MODE', value: 'Node' },
          { name: 'PROCESS_0:COMMAND', value: 'python3' },
          { name: 'PROCESS_0:ARGUMENT_0', value: '--token=hunter2' },
          { name: 'PROCESS_0:ENVIRONMENT_VARIABLE', value: 'HF_TOKEN="hunter2"' },
          { name: 'PROCESS_0:ENVIRONMENT_VARIABLE', value: 'RANK="3"' },
          { name: 'PROCESS_0:ENVIRONMENT_VARIABLE', value: 'WORLD_SIZE=8' },
        ],
        TARGET_INFO_SESSION_START_TIME: [{ utcEpochNs: 1_767_718_840_395_831_670n }],
      }),
    )
    expect(sink.told).toEqual({
      tool: 'Nsight Systems',
      toolVersion: '2025.5.2.266',
      baseUnixNs: '1767718840395831670',
      rank: 3,
      worldSize: 8,
      facts: {
        schema: '3.24.0',
        traced: 'Cuda, NvtxEvents',
        deviceWorkAsked: true,
        cudaGraphs: 'node',
        program: 'python3',
      },
    })
    expect(JSON.stringify([sink.told, sink.notices])).not.toContain('hunter2')
  })

  test('the GPU that CUDA calls 0 is not always the first in the table', async () => {
    const sink = await readDatabase(
      madeDatabase({
        StringIds: strings('k'),
        TARGET_INFO_GPU: [
          { id: 0, name: 'A40', cuDevice: 1 },
          {
            id: 1,
            name: 'A100',
            cuDevice: 0,
            smCount: 108,
            maxWarpsPerSm: 64,
            threadsPerWarp: 32,
            computeMajor: 8,
            computeMinor: 0,
            totalMemory: 42_505_273_344,
          },
        ],
        CUPTI_ACTIVITY_KIND_KERNEL: [{ ...KERNEL, start: 1, end: 2 }],
      }),
    )
    expect(sink.devices).toEqual([
      {
        id: 0,
        name: 'A100',
        multiprocessors: 108,
        maxThreadsPerMultiprocessor: 2048,
        computeCapability: '8.0',
        memoryBytes: 42_505_273_344,
      },
    ])
  })
})

describe('what cannot be read is counted with its place', () => {
  test('rows without time, out of range, or ending before they start; names that are missing', async () => {
    const sink = await readDatabase(
      madeDatabase(
        { StringIds: strings('k'), CUPTI_ACTIVITY_KIND_KERNEL: [] },
        'DROP TABLE CUPTI_ACTIVITY_KIND_KERNEL',
        'CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start, "end", deviceId, streamId, demangledName)',
        `INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES ('soon', 5, 0, 7, 1), (1, NULL, 0, 7, 1),
         (9223372036854775807, 9223372036854775807, 0, 7, 1), (9, 4, 0, 7, 1), (1, 2, 'x', NULL, 77)`,
      ),
    )
    expect(sink.unreadPlaces).toEqual([
      { reason: 'name is not in the database', where: 'StringIds id 77' },
      { reason: 'no start or end', where: 'CUPTI_ACTIVITY_KIND_KERNEL row 1' },
      { reason: 'no start or end', where: 'CUPTI_ACTIVITY_KIND_KERNEL row 2' },
      { reason: 'time out of range', where: 'CUPTI_ACTIVITY_KIND_KERNEL row 3' },
    ])
    expect(sink.slices.map(({ startNs, durationNs, name }) => [startNs, durationNs, name])).toEqual([
      [9, 0, 'k'],
      [1, 1, 'string 77'],
    ])
    expect(sink.notices).toEqual([expect.stringMatching(/^1 events end before they start/)])
  })

  test('a correlation that is no id is none', async () => {
    const sink = await readDatabase(
      madeDatabase(
        { StringIds: strings('k'), CUPTI_ACTIVITY_KIND_KERNEL: [] },
        'DROP TABLE CUPTI_ACTIVITY_KIND_KERNEL',
        'CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start, "end", deviceId, streamId, correlationId, demangledName)',
        `INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (1, 2, 0, 7, 5, 1), (2, 3, 0, 7, 1.8e-305, 1),
         (3, 4, 0, 7, 5.5, 1), (4, 5, 0, 7, 'five', 1), (5, 6, 0, 7, NULL, 1), (6, 7, 0, 7, -5, 1)`,
      ),
    )
    expect(sink.slices.map(({ correlation }) => correlation)).toEqual([5, 0, 0, 0, 0, 0])
  })

  test('tables that are not shown are named with their rows', async () => {
    const path = madeDatabase(
      { StringIds: strings('k'), OSRT_API: [] },
      'CREATE TABLE VULKAN_API (start INTEGER)',
      'INSERT INTO VULKAN_API VALUES (1), (2)',
    )
    expect((await readDatabase(path)).notices).toEqual(['2 rows of VULKAN_API are not shown'])
  })
})

describe('databases of others are named for what they are', () => {
  test.each([
    ['CREATE TABLE runs (id INTEGER)', /of another program \(runs…\)/],
    ['CREATE TABLE rocpd_api (id INTEGER)', /rocprofv3/],
    ['CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (name INTEGER)', /nvprof/],
  ])('%s', async (statement, words) => {
    const failure = await readDatabase(madeDatabase({}, statement)).catch((thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(EngineError)
    expect(failure).toMatchObject({ code: 'FORMAT_UNKNOWN', message: expect.stringMatching(words) })
  })
})

test('every column of a slice is read again from its place', async () => {
  const path = madeDatabase({
    StringIds: strings('void gemm(int)', 'gemm'),
    CUPTI_ACTIVITY_KIND_KERNEL: [
      { ...KERNEL, start: 1, end: 2 },
      { ...KERNEL, start: 5, end: 9, shortName: 2, gridX: 80 },
    ],
  })
  const place = (await readDatabase(path)).slices[1]?.source ?? Number.NaN
  const tables = openTables(path)
  const row = new Map(rowOf(tables, place))
  expect([row.get('start'), row.get('demangledName'), row.get('shortName'), row.get('gridX')]).toEqual([
    '5',
    'void gemm(int)',
    'gemm',
    '80',
  ])
  expect(row.get('globalPid')).toBe(String(globalPid(42)))
  expect(row.has('graphNodeId')).toBe(false)
  expect(() => rowOf(tables, place + 100)).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }))
  expect(() => rowOf(tables, -1)).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }))
  tables.close()
})

test.skipIf(withoutSamples)('a place means the same row in every recorded database', async () => {
  for (const path of NSYS_DATABASES) {
    const sink = await readDatabase(path)
    const tables = openTables(path)
    for (const slice of sink.slices.filter((_, i) => i % 97 === 0)) {
      const row = new Map(rowOf(tables, slice.source))
      expect(Number(row.get('start'))).toBe(slice.startNs)
    }
    tables.close()
  }
})
