import { writeFileSync } from 'node:fs'
import type { DoubleEngine } from './engine-file.ts'
import { type Query, round } from './figures.ts'

/** Shares of the made-up layers in the GPU time. */
const LAYERS = [
  { name: 'Reformatting CopyNode for Input Tensor 0 to conv1 + relu1', type: 'Reformat', share: 0.1, nodes: [] },
  { name: 'conv1 + relu1', type: 'CaskConvolution', share: 0.5, nodes: ['conv1', 'relu1'] },
  { name: 'PWN(mul1, add1)', type: 'PointWise', share: 0.15, nodes: ['mul1', 'add1'] },
  { name: 'gemm_"quoted"_myl0_1', type: 'gemm', share: 0.25, nodes: ['fc'] },
] as const

export function exportTimes(path: string, queries: readonly Query[]): void {
  const rows = queries.map(query => {
    const members = Object.entries(query).map(([name, value]) => `"${name}" : ${value}`)
    return `{ ${members.join(', ')} }`
  })
  writeFileSync(path, `[\n  ${rows.join('\n, ')}\n]\n`)
}

/** As trtexec writes it: names are not escaped. */
export function exportProfile(path: string, queries: readonly Query[]): void {
  const totalMs = queries.reduce((sum, { computeMs }) => sum + computeMs, 0)
  const rows = LAYERS.map(({ name, share }) => {
    const timeMs = totalMs * share
    const averageMs = timeMs / queries.length
    return `{ "name" : "${name}", "timeMs" : ${round(timeMs)}, "averageMs" : ${round(averageMs)}, "medianMs" : ${round(averageMs)}, "percentage" : ${100 * share} }`
  })
  writeFileSync(path, `[\n  { "count" : ${queries.length} }\n, ${rows.join('\n, ')}\n]\n`)
}

export function exportLayerInfo(path: string, { verbosity, precision, max }: DoubleEngine): void {
  const type =
    ({ fp16: 'Half', bf16: 'BFloat16', int8: 'Int8', fp8: 'FP8' } as Record<string, string>)[precision] ?? 'Float'
  const names = LAYERS.map(({ name }) => name)
  const tensors = Object.keys(max)
  const tensor = (name: string) => [
    { Name: name, Location: 'Device', Dimensions: [1, 8, 8, 8], 'Format/Datatype': type },
  ]
  const layers =
    verbosity === 'detailed'
      ? LAYERS.map((layer, at) => ({
          Name: layer.name,
          LayerType: layer.type,
          Inputs: tensor(at === 0 ? (tensors[0] ?? 'x') : `t${at - 1}`),
          Outputs: tensor(at === LAYERS.length - 1 ? 'y' : `t${at}`),
          ParameterType: layer.type,
          TacticName: `made_up_${type.toLowerCase()}_tilesize32x32x8`,
          TacticValue: '0x0000000000000000',
          StreamId: 0,
          Metadata: layer.nodes.map(node => `[ONNX Layer: ${node}]`).join('\u001e'),
        }))
      : names
  writeFileSync(path, JSON.stringify({ Layers: layers, Bindings: [...tensors, 'y'] }, undefined, 1))
}

export function printProfile(queries: readonly Query[]): string[] {
  const totalMs = queries.reduce((sum, { computeMs }) => sum + computeMs, 0)
  const row = (timeMs: number, percent: number, name: string) =>
    `${timeMs.toFixed(2).padStart(12)} ${(timeMs / queries.length).toFixed(4).padStart(12)} ${(timeMs / queries.length).toFixed(4).padStart(12)} ${percent.toFixed(1).padStart(9)}   ${name}`
  return [
    `=== Profile (${queries.length} iterations ) ===`,
    '    Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer',
    ...LAYERS.map(({ name, share }) => row(totalMs * share, 100 * share, name)),
    row(totalMs, 100, 'Total'),
    '',
  ]
}
