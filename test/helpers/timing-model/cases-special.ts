import { kernels, type ModelCase, steps, times } from './model-case.ts'

const GRAPH = Array.from({ length: 200 }, () => ({ us: 8 }))

/** Start-up, graphs, shapes of kernels, memory, and what a recording leaves out. */
export const SPECIAL_CASES: readonly ModelCase[] = [
  {
    name: 'the first step chooses its algorithms',
    program: steps(5, (m, i) => {
      if (i === 0) times(8, () => m.coldStart(15_000))
      times(40, () => m.kernel({ us: 200, hostUs: 20 }))
      m.sync()
    }),
    yes: ['trace-cold-start'],
    not: ['trace-host-bound', 'trace-compile'],
  },
  {
    name: 'compiles in the middle of the window',
    program: steps(5, (m, i) => {
      if (i === 2) m.compile(150_000)
      times(40, () => m.kernel({ us: 200, hostUs: 20 }))
      m.sync()
    }),
    yes: ['trace-compile'],
    not: ['trace-host-bound'],
  },
  {
    name: 'decoding with a graph of 200 short kernels',
    program: steps(10, m => {
      m.silent(100)
      m.graph(GRAPH)
    }),
    machine: { gapUs: 0.5 },
    nsys: true,
    yes: ['trace-gpu-bound'],
    not: ['trace-launch-overhead', 'trace-host-bound', 'trace-profiler-overhead'],
  },
  {
    name: 'the same, each kernel slowed down by its recording',
    program: steps(10, m => {
      m.silent(100)
      m.graph(GRAPH)
    }),
    machine: { gapUs: 3 },
    nsys: true,
    yes: ['trace-profiler-overhead'],
    not: ['trace-launch-overhead', 'trace-host-bound'],
  },
  {
    name: 'two streams that take turns',
    program: steps(4, m => {
      times(25, () => {
        m.kernel({ us: 150, hostUs: 10, stream: 7 })
        m.waitFor(9, 7)
        m.kernel({ us: 150, hostUs: 10, stream: 9 })
        m.waitFor(7, 9)
      })
    }),
    nsys: true,
    yes: ['trace-gpu-bound'],
    not: ['trace-host-bound'],
  },
  {
    name: 'kernels of a few blocks',
    program: steps(4, m => times(50, () => m.kernel({ us: 200, hostUs: 15, blocks: 8, occupancyPercent: 6 }))),
    nsys: true,
    yes: ['trace-gpu-bound', 'trace-small-grid'],
    not: ['trace-host-bound'],
  },
  {
    name: 'half-precision products without tensor cores',
    program: steps(4, m => times(50, () => m.kernel({ name: 'volta_hgemm_64x32_sliced1x4_tn', us: 200, hostUs: 15 }))),
    yes: ['trace-gpu-bound', 'trace-tensor-cores'],
  },
  {
    name: 'half-precision products with tensor cores',
    program: steps(4, m =>
      times(50, () => m.kernel({ name: 'ampere_fp16_s16816gemm_fp16_128x64_ldg8_f2f_nn', us: 200, hostUs: 15 })),
    ),
    yes: ['trace-gpu-bound'],
    not: ['trace-tensor-cores'],
  },
  {
    name: 'memory that is kept from step to step',
    program: steps(7, m => {
      m.allocate('gpu', 8 << 20)
      times(40, () => m.kernel({ us: 200, hostUs: 15 }))
    }),
    yes: ['trace-gpu-bound', 'trace-memory-growth'],
  },
  {
    name: 'memory that is freed in each step',
    program: steps(7, m => {
      m.allocate('gpu', 8 << 20)
      times(40, () => m.kernel({ us: 200, hostUs: 15 }))
      m.allocate('gpu', -(8 << 20))
    }),
    yes: ['trace-gpu-bound'],
    not: ['trace-memory-growth'],
  },
  {
    name: 'a recording that begins in the middle of the device’s backlog',
    program: steps(6, m => times(60, () => m.kernel({ us: 200, hostUs: 15 }))),
    kineto: { fromUs: 4000 },
    yes: ['trace-gpu-bound', 'trace-backlog'],
    not: ['trace-host-bound'],
  },
  {
    name: 'the profiler flushes its buffers in the window',
    program: steps(4, m => {
      m.overhead(3000)
      times(40, () => m.kernel({ us: 200, hostUs: 15 }))
      m.sync()
    }),
    yes: ['trace-profiler-overhead'],
    unknowable: ['trace-gpu-bound', 'trace-host-bound', 'none'],
  },
  {
    name: 'CPU alone',
    program: steps(4, m => times(40, () => m.host(200, 'aten::addmm'))),
    kineto: { multiprocessors: 0 },
    unknowable: ['trace-cpu-only'],
    yes: ['trace-cpu-only'],
    not: ['trace-data-loading', 'trace-gpu-bound', 'trace-host-bound'],
  },
  {
    name: 'CPU alone, data loaded in the main process',
    program: steps(4, m => {
      m.loadData(8000)
      times(10, () => m.host(200, 'aten::addmm'))
    }),
    kineto: { multiprocessors: 0 },
    yes: ['trace-cpu-only', 'trace-data-loading'],
  },
  {
    name: 'launches without a record of what they launched',
    program: kernels(500, 20),
    kineto: { deviceWork: false },
    unknowable: [],
    not: ['trace-cpu-only', 'trace-host-bound', 'trace-gpu-bound'],
  },
  {
    name: 'device work alone, often idle',
    program: kernels(4, 30),
    kineto: { ops: false, apiCalls: false },
    unknowable: [],
    not: ['trace-host-bound', 'trace-launch-overhead', 'trace-gpu-bound', 'trace-cpu-only', 'trace-backlog'],
  },
  {
    name: 'device work alone, busy',
    program: kernels(500, 20),
    kineto: { ops: false, apiCalls: false },
    unknowable: ['trace-gpu-bound'],
    not: ['trace-host-bound', 'trace-backlog'],
  },
  {
    name: 'too short',
    program: m => times(10, () => m.kernel({ us: 20, hostUs: 5 })),
    unknowable: [],
    not: ['trace-gpu-bound', 'trace-host-bound'],
  },
  {
    name: 'a long pause of the program, without any event',
    program: steps(4, m => {
      times(20, () => m.kernel({ us: 200, hostUs: 20 }))
      m.silent(15_000)
    }),
    yes: ['trace-host-bound'],
    not: ['trace-data-loading', 'trace-launch-overhead', 'trace-sync-bound'],
  },
]
