import { expect, test } from 'vitest'
import type { Notice } from '#domain/run.ts'
import { toMarkdown } from '../../src-main/reports/markdown.ts'
import { toRuntimeCsv } from '../../src-main/reports/runtime-csv.ts'
import { aPoint } from '../helpers/points.ts'

const leftOut: Notice = {
  level: 'info',
  text: 'TensorRT, tf32: left out. trtexec was not found',
  leftOut: { runtime: 'tensorrt', title: 'TensorRT', precision: 'tf32', place: 1, why: 'trtexec, was | not found' },
}
const bounded = (batch: number, p50: number, runtime: string) =>
  aPoint(batch, p50, {
    id: `${runtime}${batch}`,
    runtime,
    precisionAsked: 'model',
    latencyMs: { p50 },
    boundsMs: { p50: { lowerMs: p50 / 2, upperMs: p50 * 2 } },
  })

const document = {
  format: 'batchscope/1' as const,
  session: { name: 's', createdAt: '', appVersion: '0' },
  runs: [
    {
      id: 'r',
      kind: 'bench',
      title: 'resnet18',
      status: 'done' as const,
      command: 'batchscope bench',
      notices: [leftOut],
      points: [bounded(1, 4, 'ort-cpu'), bounded(1, 2, 'torch'), bounded(8, 16, 'ort-cpu')],
      findings: [],
    },
  ],
}

test('CSV by runtime: a row per batch, absent stays empty, what was left out keeps its column', () => {
  const [header, first, second, ...rest] = toRuntimeCsv(document).split('\r\n')
  expect(header).toBe(
    [
      'run,speedUpBase,batch',
      'ort-cpu model p50Ms,ort-cpu model inferPerSec,ort-cpu model msPerSample',
      'ort-cpu model speedUp,ort-cpu model speedUpLower,ort-cpu model speedUpUpper',
      '"tensorrt tf32 left out: trtexec, was | not found"',
      'torch model p50Ms,torch model inferPerSec,torch model msPerSample',
      'torch model speedUp,torch model speedUpLower,torch model speedUpUpper',
    ].join(','),
  )
  expect(first).toBe('resnet18,ort-cpu model,1,4,250,4,,,,,2,500,2,2,0.5,8')
  expect(second).toBe('resnet18,ort-cpu model,8,16,500,2,,,,,,,,,,')
  expect(rest).toEqual([''])
})

test('Markdown has the table, the reason once, and nothing a name could turn into markup', () => {
  const text = toMarkdown(document)
  expect(text).toContain('| Batch | ort-cpu fp32 ms | TensorRT tf32 ms | torch fp32 ms | speed-up |')
  expect(text).toContain('| 1 | 4.00 | – | 2.00 | 2.00× (0.500–8.00) |')
  expect(text).toContain(String.raw`- TensorRT tf32: left out. trtexec, was \| not found`)
  expect(text.match(/was not found/g)).toBeNull()
})
