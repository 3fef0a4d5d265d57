import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ResultDocument } from '#domain/document.ts'
import { tinyModel } from '../helpers/bench-worker.ts'
import { batchscope } from '../helpers/cli.ts'
import { layeredModel } from '../helpers/layered-model.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

function saved(folder: string, name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes)
  return name
}

test('a damaged model fails its check with exit code 1; the document tells which node, and the session shows it again', async () => {
  const dataDir = tempFolder()
  const base = saved(dataDir, 'base.onnx', layeredModel().bytes)
  const wrong = saved(dataDir, 'wrong.onnx', layeredModel({ damaged: 2 }).bytes)
  const check = ['check', base, wrong, '--bisect', '--session', 'study.bscope', '--json']
  const { code, stdout, stderr } = await batchscope(check, { dataDir })
  expect([code, stderr]).toEqual([1, expect.stringContaining('beyond the tolerance')])
  const [run] = ResultDocument.parse(JSON.parse(stdout)).runs
  expect(run?.correctness).toMatchObject([{ verdict: 'fail', drift: { first: { operator: 'Conv' } } }])
  expect(run?.steps).toMatchObject([{ step: 'correctness', status: 'done' }])

  const shown = await batchscope(['show', 'study.bscope', run?.id ?? ''], { dataDir })
  expect(shown.code).toBe(0)
  expect(shown.stdout).toContain('The first node that drifts: Conv')
  expect(shown.stdout).toMatch(/scores .* beyond tolerance/)
})

test('a base that gives NaN leaves the question open: exit code 2', async () => {
  const dataDir = tempFolder()
  const divided = tinyModel({
    nodes: [{ op: 'Div', inputs: ['x', 'x'], outputs: ['y'] }],
    inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 2] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['n', 2] }],
  })
  const model = saved(dataDir, 'divided.onnx', divided)
  const { code, stderr } = await batchscope(['check', model, model, '--data', 'zeros'], { dataDir })
  expect([code, stderr]).toEqual([2, expect.stringContaining('NaN')])
})
