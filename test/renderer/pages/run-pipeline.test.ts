import { expect, test } from 'vitest'
import type { StepRecord } from '#domain/step-table.ts'
import { cellText } from '../../../src-renderer/components/table-model.ts'
import type { Engine } from '../../../src-renderer/engine.ts'
import { PipelineView } from '../../../src-renderer/pages/run/pipeline/pipeline.svelte.ts'
import { OUTPUT_COLUMNS, STEP_COLUMNS } from '../../../src-renderer/pages/run/pipeline/pipeline-columns.ts'

const step = (more: Partial<StepRecord>): StepRecord => ({
  step: 'convert',
  title: 'convert to FP16',
  command: 'batchscope convert a.onnx --to fp16',
  status: 'done',
  notices: [],
  ...more,
})

const cells = (row: StepRecord) => Object.fromEntries(STEP_COLUMNS.map(column => [column.id, cellText(column, row)]))

test('a failed step shows its error where a result would stand; what was not made has no file', () => {
  const failed = step({ status: 'failed', error: { code: 'TOOL_FAILED', message: 'no such operator' } })
  expect(cells(failed)).toMatchObject({ status: 'failed', result: 'no such operator', file: '–', size: '–', took: '–' })
  const done = step({
    result: 'fp32 → fp16',
    durationMs: 1500,
    artifact: { path: '/a.onnx', bytes: 2048, sha256: 'ab' },
  })
  expect(cells(done)).toMatchObject({ result: 'fp32 → fp16', file: '/a.onnx', size: '2.00 KiB', took: '1.5 s' })
})

test('outputs without figures have empty cells, not zeros', () => {
  const row = {
    name: 'y',
    candidateName: 'y',
    baseDtype: 'string',
    candidateDtype: 'string',
    verdict: 'cannot-tell' as const,
  }
  expect(OUTPUT_COLUMNS.slice(1, -1).map(column => cellText(column, row))).toEqual(
    OUTPUT_COLUMNS.slice(1, -1).map(() => '–'),
  )
})

test('steps and comparisons are read from what the run keeps; a failure is shown, and gone with the next success', async () => {
  let isBroken = true
  const runs = {
    async attachments() {
      if (isBroken) throw new Error('lost')
      return [
        { kind: 'steps', name: 'pipeline', data: { steps: [step({})] } },
        { kind: 'gpu', name: '0', data: {} },
        { kind: 'correctness', name: 'a → b', data: { verdict: 'pass' } },
      ]
    },
  }
  const view = new PipelineView({ runs } as unknown as Engine, { sessionId: 's', runId: 'r' })
  await view.load(new AbortController().signal)
  expect(view.error).toBeInstanceOf(Error)
  isBroken = false
  await view.load(new AbortController().signal)
  expect([view.error, view.steps.length, view.correctness]).toEqual([undefined, 1, [{ verdict: 'pass' }]])
})
