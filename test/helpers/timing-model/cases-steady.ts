import { kernels, type ModelCase, steps, times } from './model-case.ts'
import type { Program } from './truth.ts'

/** Kernels of 100 µs, and between two of them the host needs so long that the device is busy for this share. */
const busyFor = (share: number): Program => kernels(100, 100 / share - 5 - 2)

/** Runs that are the same from step to step. */
export const STEADY_CASES: readonly ModelCase[] = [
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
]
