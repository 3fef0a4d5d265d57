import { expect, test } from 'vitest'
import { z } from 'zod'
import { readHead } from '#formats/define.ts'
import { FORMATS } from '../../../src-main/catalog.ts'
import { memorySource } from '../../helpers/bytes.ts'
import { sampleBytes, sampleText, withoutSamples } from '../../helpers/samples.ts'
import { readTrace, utf8 } from '../../helpers/trace-json.ts'

const SAMPLE = 'trtexec/ort1300-node-cpu-residual_block.profile.json'
const Events = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    ts: z.number(),
    dur: z.number(),
    args: z.object({ op_name: z.string().optional() }),
  }),
)

test.skipIf(withoutSamples)('ONNX Runtime 1.30: every node and session event, with operator and times', async () => {
  const sink = await readTrace(sampleBytes(SAMPLE), { dialect: 'ort' })
  const events = Events.parse(JSON.parse(sampleText(SAMPLE)))
  const firstUs = Math.min(...events.slice(0, 32).map(({ ts }) => ts))
  expect(
    sink.slices.map(({ name, category, startNs, durationNs, detail }) => ({
      name,
      category,
      startNs,
      durationNs,
      detail,
    })),
  ).toEqual(
    events.map(({ cat, name, ts, dur, args }) => ({
      name: name.replace(/_kernel_time$/, ''),
      category: cat === 'Node' ? 'node' : 'annotation',
      startNs: (ts - firstUs) * 1000,
      durationNs: dur * 1000,
      detail: args.op_name ?? '',
    })),
  )
  // The samples' README gives this node's total: 157144 µs of 140 nodes' 340723 µs.
  const nodes = sink.of('node')
  const total = (of: typeof nodes) => of.reduce((sum, { durationNs }) => sum + durationNs, 0)
  expect(total(nodes)).toBe(340_723_000)
  expect(total(nodes.filter(({ name }) => name === 'gpu_0/res_conv1_bn_2_nchwc'))).toBe(157_144_000)
  expect(sink.told).toMatchObject({ tool: 'ONNX Runtime', facts: { providers: 'CPUExecutionProvider' } })
  expect(sink.counters).toHaveLength(140)
  expect(sink.counters[0]?.value).toBe(4_194_304)
  expect(sink.unreadPlaces).toEqual([])
})

test.skipIf(withoutSamples)('it is claimed by its format alone', async () => {
  const head = await readHead(memorySource(sampleBytes(SAMPLE)))
  expect(FORMATS.filter(format => format.sniff(head)).map(({ id }) => id)).toEqual(['ort-profile'])
})

const OLDER = `[
{"cat" : "Session","pid" :7,"tid" :7,"dur" :100,"ts" :5,"ph" : "X","name" :"model_loading_array","args" : {}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :0,"ts" :200,"ph" : "X","name" :"conv_fence_before","args" : {"op_name" : "Conv"}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :20,"ts" :201,"ph" : "X","name" :"conv_kernel_time","args" : {"provider" : "CUDAExecutionProvider","op_name" : "Conv"}},
{"cat" : "Node","pid" :7,"tid" :7,"dur" :0,"ts" :222,"ph" : "X","name" :"conv_fence_after","args" : {"op_name" : "Conv"}},
{"cat" : "Kernel","pid" :7,"tid" :7,"dur" :9,"ts" :208,"ph" : "X","name" :"implicit_convolve_sgemm","args" : {"stream" : "13","grid_x" : "4","grid_y" : "2","grid_z" : "1","block_x" : "128","block_y" : "1","block_z" : "1","op_name" : "Conv"}},
{"cat" : "Api","pid" :7,"tid" :7,"dur" :3,"ts" :203,"ph" : "X","name" :"hipLaunchKernel","args" : {}}
]`

test('older versions: fences are left out, kernels of the device have a stream and a launch', async () => {
  const sink = await readTrace(OLDER, { dialect: 'ort' })
  expect(sink.slices.map(({ name, category }) => `${category} ${name}`)).toEqual([
    'annotation model_loading_array',
    'node conv',
    'kernel implicit_convolve_sgemm',
    'runtime hipLaunchKernel',
  ])
  const kernel = sink.of('kernel')[0]
  expect(kernel?.launch).toMatchObject({ blocks: 8, threadsPerBlock: 128 })
  expect(kernel && sink.trackOf(kernel)).toMatchObject({ kind: 'stream', group: 'GPU 0', stream: '13' })
  expect(sink.told.facts).toEqual({ providers: 'CUDAExecutionProvider' })
  const head = await readHead(memorySource(utf8(OLDER)))
  expect(FORMATS.filter(format => format.sniff(head)).map(({ id }) => id)).toEqual(['ort-profile'])
})
