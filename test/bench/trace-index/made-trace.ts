import { CATEGORY } from '../../../src-main/domain/trace-category.ts'
import type { TraceSink } from '../../../src-main/domain/trace-feed.ts'

const OPS = ['aten::linear', 'aten::layer_norm', 'aten::gelu', 'aten::add', 'aten::softmax', 'aten::mul']
const PER_ROUND = 8

/**
 * About `slices` slices as a training loop of torch has them: ops three deep with their launches on one thread, frames
 * of Python around them, a backward thread, kernels and copies on two streams. As Kineto writes them: ops first, then
 * runtime calls, then device work, each in order.
 */
export function tellMadeTrace(sink: TraceSink, slices: number): void {
  const rounds = Math.floor(slices / PER_ROUND)
  const encode = new TextEncoder()
  const name = (text: string) => {
    const bytes = encode.encode(text)
    return () => sink.nameOfBytes(bytes, 0, bytes.length)
  }
  const ops = OPS.map(name)
  const inner = OPS.map(op => name(`${op}_inner`))
  const kernels = Array.from({ length: 40 }, (_, at) =>
    name(`void at::native::kernel_${at}<float, 4, ${'x'.repeat(60)}>(int)`),
  )
  const launch = name('cudaLaunchKernel')
  const copy = name('cudaMemcpyAsync')
  const memcpy = name('Memcpy HtoD (Pinned -> Device)')
  const frame = name('train.py(42): step')
  const main = sink.track('main', { kind: 'thread', title: 'python 1', group: 'python (1)' })
  const backward = sink.track('backward', { kind: 'thread', title: 'python 2', group: 'python (1)' })
  const streams = [7, 20].map(stream =>
    sink.track(`stream ${stream}`, { kind: 'stream', title: `stream ${stream}`, group: 'GPU 0', device: 0 }),
  )
  const random = seeded(1)
  const starts = new Float64Array(rounds)
  let now = 0
  for (let round = 0; round < rounds; round++) {
    now += 10_000 + Math.floor(random() * (round % 1000 === 0 ? 3e6 : 8000))
    starts[round] = now
    const at = round % OPS.length
    const thread = round % 5 === 4 ? backward : main
    const shape = sink.name(`[[${at + 1}, 128], [128]]`)
    if (round % 200 === 0) sink.slice(main, now - 50, 3e6, frame(), CATEGORY.python, 0, 0, 0, round * 900)
    sink.slice(thread, now, 9000, ops[at]?.() ?? 0, CATEGORY.op, 0, round * 2 + 1, shape, round * 900)
    sink.slice(thread, now + 500, 8000, inner[at]?.() ?? 0, CATEGORY.op, 0, round * 2 + 2, shape, round * 900 + 300)
    sink.slice(thread, now + 600, 700, inner[(at + 1) % 6]?.() ?? 0, CATEGORY.op, 0, 0, 0, round * 900 + 600)
  }
  for (let round = 0; round < rounds; round++) {
    const thread = round % 5 === 4 ? backward : main
    const start = starts[round] ?? 0
    sink.slice(thread, start + 2000, 3000, launch(), CATEGORY.runtime, round * 2 + 1, round * 2 + 2, 0, round * 900)
    sink.slice(thread, start + 6000, 1000, copy(), CATEGORY.runtime, round * 2 + 2, round * 2 + 2, 0, round * 900)
  }
  for (let round = 0; round < rounds; round++) {
    const start = (starts[round] ?? 0) + 20_000
    const [first = 0, second = 0] = streams
    const kernel = kernels[Math.floor(random() * kernels.length)]?.() ?? 0
    sink.slice(first, start, 4000 + (round % 3000), kernel, CATEGORY.kernel, round * 2 + 1, round * 2 + 2, 0, round)
    sink.launch(64 + (round % 100), 256, 40, 1024, 0.5)
    sink.slice(first, start + 7500, 1000, kernel, CATEGORY.kernel, round * 2 + 1, round * 2 + 2, 0, round)
    sink.launch(8, 128, 32, 0, Number.NaN)
    sink.slice(second, start, 2000, memcpy(), CATEGORY.memcpy, round * 2 + 2, round * 2 + 2, 0, round)
    sink.bytes(4096)
  }
}

/** mulberry32: the same numbers on every machine. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
