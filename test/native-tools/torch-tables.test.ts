import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { operatorRows } from '../../src-main/traces/operators.ts'
import { operatorsByShape } from '../../src-main/traces/tables.ts'
import { buildTrace } from '../helpers/build-trace.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { torchPython, withoutTorch } from '../helpers/torch/python.ts'

/** Training of a small network in three recorded steps of different batch; writes the trace and torch's own tables. */
const SCRIPT = `
import json, sys, torch
from torch.profiler import ProfilerActivity, profile, record_function, schedule
trace, tables = sys.argv[1:]
net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(288, 5))
optimizer = torch.optim.Adam(net.parameters())
def step(batch):
    with record_function('forward'):
        out = net(torch.randn(batch, 3, 8, 8))
    loss = out.div_(2).sum()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    loss.item()
def done(prof):
    rows = lambda by_shape: [
        dict(name=e.key, shapes=str(e.input_shapes), count=e.count, selfUs=e.self_cpu_time_total, totalUs=e.cpu_time_total)
        for e in prof.key_averages(group_by_input_shape=by_shape)]
    json.dump(dict(plain=rows(False), byShape=rows(True)), open(tables, 'w'))
    prof.export_chrome_trace(trace)
with profile(activities=[ProfilerActivity.CPU], record_shapes=True, with_stack=True,
             schedule=schedule(wait=1, warmup=1, active=3), on_trace_ready=done) as prof:
    for batch in (2, 4, 2, 4, 2, 4):
        step(batch)
        prof.step()
`

const Row = z.object({
  name: z.string(),
  shapes: z.string(),
  count: z.int(),
  selfUs: z.number(),
  totalUs: z.number(),
})
const Tables = z.object({ plain: z.array(Row), byShape: z.array(Row) })

interface PlainRow {
  key: string
  count: number
  selfUs: number
  totalUs: number
}

const byKey = (a: PlainRow, b: PlainRow) => (a.key < b.key ? -1 : 1)
/** torch writes shapes with spaces and, for lists of tensors, brackets of its own. */
const withoutSpaces = (shapes: string) => shapes.replace(/\s/g, '')

describe.skipIf(withoutTorch)(
  'operators of a run just recorded are those of its key_averages()',
  { timeout: 120_000 },
  () => {
    test('with shapes and stacks', async () => {
      const folder = tempFolder()
      const [script, trace, tables] = ['train.py', 'trace.json', 'tables.json'].map(name => join(folder, name))
      if (!script || !trace || !tables) throw new Error('no folder')
      writeFileSync(script, SCRIPT)
      await captureOutput({ argv: [torchPython, script, trace, tables] })
      const torch = Tables.parse(JSON.parse(readFileSync(tables, 'utf8')))
      const index = await buildTrace(trace)
      const ours = (rows: ReturnType<typeof operatorRows>, byShape: boolean): PlainRow[] =>
        rows.map(row => ({
          key: byShape ? `${row.name} ${withoutSpaces(row.shapes ?? '[]')}` : row.name,
          count: row.count,
          selfUs: row.selfCpuNs / 1000,
          totalUs: row.totalCpuNs / 1000,
        }))
      const theirs = (rows: z.infer<typeof Row>[], byShape: boolean): PlainRow[] =>
        rows.map(({ name, shapes, ...row }) => ({ key: byShape ? `${name} ${withoutSpaces(shapes)}` : name, ...row }))
      expectEqualRows(ours(operatorRows(index, undefined), false), theirs(torch.plain, false))
      expectEqualRows(ours(operatorsByShape(index), true), theirs(torch.byShape, true))
    })
  },
)

function expectEqualRows(ours: PlainRow[], torch: PlainRow[]): void {
  expect(ours.map(({ key, count }) => `${count} ${key}`).toSorted()).toEqual(
    torch.map(({ key, count }) => `${count} ${key}`).toSorted(),
  )
  const sorted = torch.toSorted(byKey)
  for (const [i, row] of ours.toSorted(byKey).entries()) {
    expect(Math.abs(row.selfUs - (sorted[i]?.selfUs ?? Number.NaN)), `${row.key}, self`).toBeLessThanOrEqual(0.06)
    expect(Math.abs(row.totalUs - (sorted[i]?.totalUs ?? Number.NaN)), `${row.key}, total`).toBeLessThanOrEqual(0.06)
  }
}
