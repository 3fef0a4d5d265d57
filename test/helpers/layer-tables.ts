import { z } from 'zod'
import type { Layer, LayerTable } from '#domain/layer.ts'
import { sampleText } from './samples.ts'

/** A second, simpler reader of trtexec's exports than the application's own, for tables to test with. */
const Tensor = z.object({ Name: z.string(), Dimensions: z.array(z.int()), 'Format/Datatype': z.string() })
const Info = z.object({
  Layers: z.array(
    z.object({
      Name: z.string(),
      LayerType: z.string(),
      Inputs: z.array(Tensor),
      Outputs: z.array(Tensor),
      TacticName: z.string().optional(),
      Metadata: z.string().optional(),
    }),
  ),
})
const Profile = z.array(z.object({ name: z.string(), averageMs: z.number(), medianMs: z.number() }).partial())

/** @param name of a pair in the samples: `trex-resnet-a100-fp16` */
export function sampleLayers(name: string): LayerTable {
  const info = Info.parse(JSON.parse(sampleText(`trtexec/${name}.graph.json`)))
  const times = Profile.parse(JSON.parse(sampleText(`trtexec/${name}.profile.json`)))
  const timeOf = new Map(times.map(time => [time.name, time]))
  return {
    title: name,
    sources: ['trtexec --exportProfile', 'trtexec --exportLayerInfo'],
    notices: [],
    layers: info.Layers.map(({ Name, LayerType, Inputs, Outputs, TacticName, Metadata }): Layer => {
      const { averageMs, medianMs } = timeOf.get(Name) ?? {}
      const outputs = Outputs.map(tensorOf)
      const precisions = new Set(outputs.map(({ precision }) => precision))
      const precision = precisions.size > 1 ? 'mixed' : [...precisions][0]
      const nodes = Metadata?.matchAll(/\[ONNX Layer: ([^\]]*)\]/g)
      return {
        name: Name,
        type: LayerType,
        inputs: Inputs.map(tensorOf),
        outputs,
        ...(averageMs === undefined ? {} : { averageMs }),
        ...(medianMs === undefined ? {} : { medianMs }),
        ...(precision === undefined ? {} : { precision }),
        ...(TacticName === undefined ? {} : { tactic: TacticName }),
        ...(nodes === undefined ? {} : { onnxNodes: [...nodes].map(([, node]) => node ?? '') }),
      }
    }),
  }
}

const WORDS: readonly [RegExp, string][] = [
  [/int8/i, 'int8'],
  [/fp16|half/i, 'fp16'],
  [/fp32|float/i, 'fp32'],
]

function tensorOf({ Name: name, Dimensions: dims, 'Format/Datatype': format }: z.infer<typeof Tensor>) {
  const precision = WORDS.find(([word]) => word.test(format))?.[1]
  return { name, dims, format, ...(precision === undefined ? {} : { precision }) }
}
