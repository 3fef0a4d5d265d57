import { closeSync, openSync, writeSync } from 'node:fs'
import { seededRandom } from '../../../src-main/stats/random.ts'

/** Exact figures of a written trace, ns; counted while writing, not read back. */
export interface TraceTruth {
  bytes: number
  events: number
  ops: number
  calls: number
  kernels: number
  kernelNs: number
  communicationNs: number
  python: number
  steps: number
}

const PID = 4242
const BACKWARD = 4300
const BASE_NS = 5_917_770_837_000_000
const FLUSH_CHARS = 2 ** 20
const OPS_PER_STEP = 2000
const OPS = [
  ['aten::linear', 'aten::addmm', '[[8, 512, 768], [768, 768], [768]]'],
  ['aten::layer_norm', 'aten::native_layer_norm', '[[8, 512, 768], [], [768], [768], [], []]'],
  ['aten::gelu', 'aten::gelu_out', '[[8, 512, 3072], []]'],
  ['aten::scaled_dot_product_attention', 'aten::_flash_attention_forward', '[[8, 12, 512, 64], [], []]'],
] as const
const KERNELS = Array.from({ length: 40 }, (_, i) =>
  i % 2 === 0
    ? `sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x${i}x64_warpgroupsize1x1x1_execute_kernel__5x_cublas`
    : `void at::native::vectorized_elementwise_kernel<4, at::native::Functor${i}<c10::BFloat16>, std::array<char*, 3ul> >(int, at::native::Functor${i}<c10::BFloat16>, std::array<char*, 3ul>)`,
)
const NCCL = 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)'

/**
 * A trace as torch.profiler writes one of a training job (layout and members of torch 2.9): ops two deep with their
 * launches, Python frames around a third of them, kernels and all-reduce on two streams. The same for the same size.
 */
export function writeKinetoTrace(path: string, megabytes: number): TraceTruth {
  const fd = openSync(path, 'w')
  try {
    return new TraceWriter(fd).write(megabytes * 1e6)
  } finally {
    closeSync(fd)
  }
}

const us = (ns: number) => `${Math.floor(ns / 1000)}.${String(ns % 1000).padStart(3, '0')}`

class TraceWriter {
  readonly #fd: number
  readonly #random = seededRandom(1)
  readonly #truth: TraceTruth = {
    bytes: 0,
    events: 0,
    ops: 0,
    calls: 0,
    kernels: 0,
    kernelNs: 0,
    communicationNs: 0,
    python: 0,
    steps: 0,
  }
  #text = ''
  #now = BASE_NS + 200_000
  #deviceFree = BASE_NS + 200_000
  #id = 1000

  constructor(fd: number) {
    this.#fd = fd
  }

  write(bytes: number): TraceTruth {
    this.#put(`{
  "schemaVersion": 1,
  "deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3", "totalGlobalMem": 85045280768, "computeMajor": 9, "computeMinor": 0, "maxThreadsPerMultiprocessor": 2048, "numSms": 132}],
  "cuda_runtime_version": 12090, "record_shapes": 1, "with_stack": 1,
  "displayTimeUnit": "ms",
  "baseTimeNanoseconds": 1759276800000000000,
  "traceEvents": [\n`)
    while (this.#truth.bytes + this.#text.length < bytes) this.#step()
    this.#put(
      `  {\n    "name": "Record Window End", "ph": "i", "s": "g",\n    "pid": "", "tid": "", "ts": ${us(this.#now)}\n  }\n  ],\n  "traceName": "generated.json"\n}\n`,
    )
    this.#truth.events++
    this.#flush()
    return this.#truth
  }

  #step(): void {
    const start = this.#now
    const step = this.#id++
    for (let i = 0; i < OPS_PER_STEP; i++) this.#op(i % 3 === 2 ? BACKWARD : PID)
    this.#event(
      'user_annotation',
      `ProfilerStep#${this.#truth.steps++}`,
      PID,
      PID,
      start,
      this.#now - start,
      `"External id": ${step}`,
    )
  }

  #op(tid: number): void {
    const [name, inner, shapes] = OPS[this.#below(OPS.length)] ?? OPS[0]
    const start = this.#now
    const [outerId, innerId] = [this.#id++, this.#id++]
    const length = 14_000 + this.#below(9000)
    if (this.#below(3) === 0) {
      this.#truth.python++
      const args = `"Python parent id": ${innerId}, "Python id": ${outerId}, "Ev Idx": ${outerId}`
      this.#event(
        'python_function',
        'torch/nn/modules/module.py(1773): _wrapped_call_impl',
        PID,
        tid,
        start,
        length + 900,
        args,
      )
    }
    const args = (id: number) =>
      `"External id": ${id}, "Record function id": 0, "Concrete Inputs": ["", "", ""], "Input type": ["c10::BFloat16", "c10::BFloat16", "c10::BFloat16"], "Input Dims": ${shapes}, "Ev Idx": ${id}`
    this.#event('cpu_op', name, PID, tid, start + 300, length, args(outerId))
    this.#event('cpu_op', inner, PID, tid, start + 1500, length - 2500, args(innerId))
    this.#truth.ops += 2
    const isReduce = this.#below(50) === 0
    this.#launch(start + 3000, tid, innerId, isReduce)
    this.#now = start + length + 1500 + this.#below(3000)
  }

  #launch(at: number, tid: number, operator: number, isReduce: boolean): void {
    const correlation = this.#id++
    const call = 2500 + this.#below(4000)
    this.#event(
      'cuda_runtime',
      'cudaLaunchKernel',
      PID,
      tid,
      at,
      call,
      `"External id": ${operator}, "cbid": 211, "correlation": ${correlation}`,
    )
    this.#flow('s', correlation, at, PID, tid)
    const start = Math.max(at + call + 1500, this.#deviceFree + 800)
    const length = 3000 + this.#below(16_000)
    this.#deviceFree = start + length
    const stream = isReduce ? 20 : 7
    const name = isReduce ? NCCL : (KERNELS[this.#below(KERNELS.length)] ?? NCCL)
    const [x, y, threads] = [1 + this.#below(512), 1 + this.#below(8), 128 * (1 + this.#below(3))]
    this.#event(
      'kernel',
      name,
      0,
      stream,
      start,
      length,
      `"External id": ${operator}, "device": 0, "context": 1, "stream": ${stream}, "correlation": ${correlation}, "queued": 0, "registers per thread": 96, "shared memory": 49152, "blocks per SM": ${((x * y) / 132).toFixed(6)}, "warps per SM": ${((x * y * threads) / 4224).toFixed(6)}, "grid": [${x}, ${y}, 1], "block": [${threads}, 1, 1], "est. achieved occupancy %": 48, "graph id": 0, "graph node id": 0`,
    )
    this.#flow('f', correlation, start, 0, stream)
    this.#truth.calls++
    this.#truth.kernels++
    if (isReduce) this.#truth.communicationNs += length
    else this.#truth.kernelNs += length
  }

  #event(cat: string, name: string, pid: number, tid: number, at: number, length: number, args: string): void {
    this.#truth.events++
    this.#put(
      `  {\n    "ph": "X", "cat": "${cat}", "name": "${name}", "pid": ${pid}, "tid": ${tid},\n    "ts": ${us(at)}, "dur": ${us(length)},\n    "args": {\n      ${args}\n    }\n  },\n`,
    )
  }

  #flow(phase: 's' | 'f', id: number, at: number, pid: number, tid: number): void {
    this.#truth.events++
    const bound = phase === 'f' ? ', "bp": "e"' : ''
    this.#put(
      `  {\n    "ph": "${phase}", "id": ${id}, "pid": ${pid}, "tid": ${tid}, "ts": ${us(at)},\n    "cat": "ac2g", "name": "ac2g"${bound}\n  },\n`,
    )
  }

  #below(n: number): number {
    return this.#random.uint32() % n
  }

  #put(text: string): void {
    this.#text += text
    if (this.#text.length >= FLUSH_CHARS) this.#flush()
  }

  #flush(): void {
    this.#truth.bytes += writeSync(this.#fd, this.#text)
    this.#text = ''
  }
}
