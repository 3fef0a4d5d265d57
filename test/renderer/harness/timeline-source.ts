import type { SliceDetail, TraceTrack } from '../../../src-main/domain/trace.ts'
import { CATEGORY, type SliceCategory } from '../../../src-main/domain/trace-category.ts'
import type { TimelineSource } from '../../../src-renderer/timeline/timeline.svelte.ts'

/**
 * A made-up trace that needs no memory: slice i of a lane starts at i × period and lasts a share of it, so that any
 * window of millions of slices can be answered by arithmetic. Answers as the contract says, about a row a pixel.
 */
interface MadeLane {
  periodNs: number
  share: number
  offsetNs: number
  category: SliceCategory
  names: number
}

const LANES: readonly MadeLane[] = [
  { periodNs: 1_000_000, share: 0.97, offsetNs: 0, category: 'annotation', names: 1 },
  { periodNs: 50_000, share: 0.9, offsetNs: 1000, category: 'op', names: 6 },
  { periodNs: 10_000, share: 0.4, offsetNs: 3000, category: 'runtime', names: 2 },
  { periodNs: 10_000, share: 0.72, offsetNs: 7000, category: 'kernel', names: 9 },
  { periodNs: 200_000, share: 0.1, offsetNs: 30_000, category: 'memcpy', names: 2 },
  { periodNs: 500_000, share: 0.2, offsetNs: 90_000, category: 'communication', names: 1 },
  { periodNs: 250_000, share: 1, offsetNs: 0, category: 'other', names: 1 },
]
export const SPAN_NS = 10_000_000_000

const NAMES = [
  'ProfilerStep#7',
  'aten::convolution',
  'aten::addmm',
  'cudaLaunchKernel',
  'void cutlass::Kernel2<cutlass_80_tensorop_f16_s16816gemm_relu_f16_128x128_32x5_nn_align8>(T1::Params)',
  'Memcpy HtoD (Pinned -> Device)',
  'ncclDevKernel_AllReduce_Sum_bf16_RING_LL',
  'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>>',
  'triton_poi_fused_add_native_layer_norm_3',
  'Allocated',
]

export const TRACKS: readonly TraceTrack[] = [
  track(0, 'thread', 'python 4242', 'CPU, process 4242', [0, 1, 2]),
  track(1, 'stream', 'stream 7', 'GPU 0, NVIDIA H100 80GB HBM3', [3], 0),
  track(2, 'stream', 'stream 13', 'GPU 0, NVIDIA H100 80GB HBM3', [4], 0),
  track(3, 'stream', 'stream 20', 'GPU 0, NVIDIA H100 80GB HBM3', [5], 0),
  { ...track(4, 'counter', 'Allocated', 'GPU 0, NVIDIA H100 80GB HBM3', [6]), unit: 'bytes', maxValue: 2 ** 30 },
]

function track(
  index: number,
  kind: string,
  title: string,
  group: string,
  lanes: number[],
  device?: number,
): TraceTrack {
  const slices = lanes.map(lane => Math.floor(SPAN_NS / (LANES[lane]?.periodNs ?? 1)))
  return {
    index,
    kind,
    title,
    group,
    ...(device === undefined ? {} : { device }),
    slices: slices.reduce((sum, count) => sum + count, 0),
    lanes: lanes.map((lane, at) => ({ index: lane, slices: slices[at] ?? 0 })),
  }
}

export function madeSource(): TimelineSource {
  return {
    async cells({ startNs, endNs, widthPx, lanes }) {
      const rows = lanes.toSorted((a, b) => a - b).flatMap(lane => cellsOf(lane, startNs, endNs, widthPx))
      return {
        lane: Uint32Array.from(rows, row => row.lane),
        startNs: Float64Array.from(rows, row => row.startNs),
        endNs: Float64Array.from(rows, row => row.endNs),
        name: Uint32Array.from(rows, row => row.name),
        category: Uint8Array.from(rows, row => row.category),
        count: Uint32Array.from(rows, row => row.count),
        busy: Float32Array.from(rows, row => row.busy),
        slice: Uint32Array.from(rows, row => row.slice),
      }
    },
    names: async ids => ids.map(id => NAMES[id % NAMES.length] ?? ''),
    async gaps({ startNs, endNs, leastNs }) {
      const lane = LANES[3]
      const starts: number[] = []
      const ends: number[] = []
      if (lane && lane.periodNs * (1 - lane.share) >= leastNs) {
        for (let index = Math.max(0, Math.floor(startNs / lane.periodNs)); index * lane.periodNs < endNs; index++) {
          starts.push(index * lane.periodNs + lane.offsetNs + lane.periodNs * lane.share)
          ends.push((index + 1) * lane.periodNs + lane.offsetNs)
        }
      }
      return {
        startNs: Float64Array.from(starts),
        endNs: Float64Array.from(ends),
        reason: Uint8Array.from(starts, (_, index) => index % 5),
      }
    },
    slice: async slice => detailOf(slice),
    async at(lane, atNs) {
      const made = LANES[lane]
      return made && lane * 1e7 + Math.max(0, Math.floor((atNs - made.offsetNs) / made.periodNs))
    },
    beside: async (slice, direction) => slice + (direction === 'next' ? 1 : -1),
  }
}

function cellsOf(lane: number, startNs: number, endNs: number, widthPx: number) {
  const made = LANES[lane]
  if (made === undefined) return []
  const { periodNs, share, offsetNs, category, names } = made
  const least = Math.max(1, Math.ceil((endNs - startNs) / widthPx / periodNs))
  const rows = []
  const last = Math.floor(SPAN_NS / periodNs)
  for (
    let index = Math.max(0, Math.floor((startNs - offsetNs) / periodNs / least) * least);
    index < last && index * periodNs + offsetNs < endNs;
    index += least
  ) {
    const from = index * periodNs + offsetNs
    const until = from + (least - 1) * periodNs + periodNs * share
    const wave = 0.5 + 0.4 * Math.sin(index / 300)
    rows.push({
      lane,
      startNs: from,
      endNs: until,
      name: (lane + index * 7) % names === 0 ? lane + 1 : lane + 1 + (index % names),
      category: CATEGORY[category],
      count: least,
      busy: category === 'other' ? wave : least === 1 ? 1 : share,
      slice: lane * 1e7 + index,
    })
  }
  return rows
}

function detailOf(slice: number): SliceDetail {
  const lane = Math.floor(slice / 1e7)
  const index = slice % 1e7
  const made = LANES[lane] ?? { periodNs: 1, share: 1, offsetNs: 0, category: 'other', names: 1 }
  const startNs = index * made.periodNs + made.offsetNs
  const launch = LANES[2]
  return {
    slice,
    track: TRACKS.findIndex(({ lanes }) => lanes.some(each => each.index === lane)),
    lane,
    name: NAMES[(lane + 1) % NAMES.length] ?? '',
    category: made.category,
    startNs,
    durationNs: made.periodNs * made.share,
    arguments: [['grid', '[512, 1, 1]']],
    links:
      lane === 3 && launch
        ? [
            {
              relation: 'launched by',
              slice: 2e7 + index,
              track: 0,
              lane: 2,
              name: 'cudaLaunchKernel',
              startNs: index * launch.periodNs + launch.offsetNs,
              durationNs: launch.periodNs * launch.share,
            },
          ]
        : [],
  }
}
