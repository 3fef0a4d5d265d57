import type { KinetoOptions } from './kineto-text.ts'
import type { Machine, MachineOptions } from './machine.ts'
import type { Program } from './truth.ts'

/** A program, how it is recorded, and what must and must not be said of it beyond the verdict. */
export interface ModelCase {
  name: string
  program: Program
  machine?: MachineOptions
  kineto?: KinetoOptions
  /** Written as an nsys database too. */
  nsys?: boolean
  /** What was recorded cannot show the cause: 'cannot tell' is the only right verdict, or one of these. */
  unknowable?: readonly string[]
  /** Rules that must say yes, and rules that must not. */
  yes?: readonly string[]
  not?: readonly string[]
}

const times = (count: number, body: (i: number) => void) => {
  for (let i = 0; i < count; i++) body(i)
}

/** Training steps of kernels of one length. */
const steps = (count: number, body: (m: Machine, i: number) => void): Program => {
  return m => times(count, i => m.step(i + 1, () => body(m, i)))
}

/** As many kernels of one length as make about 10 ms, with `hostUs` of Python before each. */
const kernels = (us: number, hostUs: number): Program =>
  steps(4, m => times(Math.ceil(10_000 / (us + hostUs)), () => m.kernel({ us, hostUs })))

/** Kernels of 100 µs, and between two of them the host needs so long that the device is busy for this share. */
const busyFor = (share: number): Program => kernels(100, 100 / share - 5 - 2)

const GRAPH = Array.from({ length: 200 }, () => ({ us: 8 }))

export const MODEL_CASES: readonly ModelCase[] = [
  {
    name: 'eager, tiny kernels',
    program: kernels(4, 30),
    nsys: true,
    yes: ['trace-host-bound', 'trace-launch-overhead'],
    not: ['trace-gpu-bound', 'trace-sync-bound', 'trace-data-loading', 'trace-copy-bound'],
  },
  {
    name: 'large kernels, host far ahead',
    program: kernels(500, 20),
    nsys: true,
    yes: ['trace-gpu-bound'],
    not: ['trace-host-bound', 'trace-launch-overhead', 'trace-small-grid', 'trace-backlog'],
  },
  {
    name: 'slow Python between kernels of 100 µs',
    program: busyFor(0.4),
    yes: ['trace-host-bound'],
    not: ['trace-launch-overhead'],
  },
  ...[0.58, 0.66, 0.69, 0.71, 0.74, 0.79, 0.81, 0.88].map(share => ({
    name: `device busy ${Math.round(100 * share)} %, the rest waits for the host`,
    program: busyFor(share),
  })),
  {
    name: 'blocking copies from pageable memory',
    program: steps(4, m => {
      m.copy({ direction: 'HtoD', us: 3000, bytes: 12e6, pageable: true })
      times(20, () => m.kernel({ us: 60, hostUs: 10 }))
    }),
    nsys: true,
    yes: ['trace-copy-bound', 'trace-pageable-copies'],
    not: ['trace-gpu-bound', 'trace-host-bound'],
  },
  {
    name: 'pinned copies on a stream of their own, beside kernels',
    program: steps(4, m => {
      m.copy({ direction: 'HtoD', us: 3000, bytes: 72e6, stream: 13 })
      times(40, () => m.kernel({ us: 150, hostUs: 10 }))
      m.waitFor(7, 13)
    }),
    nsys: true,
    yes: ['trace-gpu-bound'],
    not: ['trace-copy-bound', 'trace-pageable-copies'],
  },
  {
    name: 'a result fetched after each kernel',
    program: steps(4, m =>
      times(50, () => {
        m.kernel({ us: 100, hostUs: 80 })
        m.sync()
      }),
    ),
    yes: ['trace-sync-bound'],
    not: ['trace-gpu-bound', 'trace-data-loading'],
  },
  {
    name: 'the host wakes up late after each of many syncs',
    program: steps(4, m =>
      times(60, () => {
        m.kernel({ us: 60, hostUs: 5 })
        m.sync('cudaDeviceSynchronize')
      }),
    ),
    machine: { wakeUpUs: 60 },
    nsys: true,
    yes: ['trace-sync-bound'],
    not: ['trace-gpu-bound', 'trace-host-bound'],
  },
  {
    name: 'a sync after each step, little host work',
    program: steps(6, m => {
      times(40, () => m.kernel({ us: 200, hostUs: 10 }))
      m.sync()
    }),
    yes: ['trace-gpu-bound'],
    not: ['trace-sync-bound', 'trace-host-bound'],
  },
  {
    name: 'a sync after each kernel of a host that is slower still',
    program: steps(4, m =>
      times(30, () => {
        m.kernel({ us: 40, hostUs: 250 })
        m.sync()
      }),
    ),
    yes: ['trace-host-bound'],
    not: ['trace-sync-bound'],
  },
  {
    name: 'data loaded in the main process',
    program: steps(5, m => {
      m.loadData(20_000)
      times(60, () => m.kernel({ us: 200, hostUs: 20 }))
    }),
    yes: ['trace-data-loading'],
    not: ['trace-gpu-bound', 'trace-host-bound', 'trace-sync-bound'],
  },
  {
    name: 'data loaded by workers, in time',
    program: steps(5, m => {
      m.loadData(100)
      times(60, () => m.kernel({ us: 200, hostUs: 20 }))
    }),
    yes: ['trace-gpu-bound'],
    not: ['trace-data-loading'],
  },
  {
    name: 'the loader takes its time, but the device has enough to do',
    program: steps(12, m => {
      m.loadData(8000)
      times(60, () => m.kernel({ us: 200, hostUs: 10 }))
    }),
    yes: ['trace-gpu-bound'],
    not: ['trace-data-loading'],
  },
  {
    name: 'a fifth of each step is loading, and a fifth slow Python',
    program: steps(5, m => {
      m.loadData(2000)
      m.silent(2000)
      times(30, () => m.kernel({ us: 200, hostUs: 5 }))
      m.sync()
    }),
  },
  {
    name: 'gradients exchanged after the backward pass',
    program: steps(4, m => {
      times(50, () => m.kernel({ us: 100, hostUs: 15 }))
      m.collective({ us: 5000 })
      m.waitFor(7, 20)
      times(5, () => m.kernel({ us: 100, hostUs: 15 }))
    }),
    nsys: true,
    yes: ['trace-communication-bound'],
    not: ['trace-gpu-bound', 'trace-host-bound'],
  },
  {
    name: 'gradients exchanged beside the backward pass',
    program: steps(4, m => {
      times(20, () => m.kernel({ us: 150, hostUs: 15 }))
      m.collective({ us: 4000 })
      times(40, () => m.kernel({ us: 150, hostUs: 15 }))
      m.waitFor(7, 20)
    }),
    yes: ['trace-gpu-bound'],
    not: ['trace-communication-bound'],
  },
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
