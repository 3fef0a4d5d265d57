import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { operatorRows } from '../../../src-main/traces/operators.ts'
import { stepWindows } from '../../../src-main/traces/windows.ts'
import { buildTrace } from '../../helpers/build-trace.ts'
import { SAMPLES_FOLDER, sampleText, withoutSamples } from '../../helpers/samples.ts'

/** What torch 2.15 itself printed for the trace beside it: `prof.key_averages()`. */
const Truth = z.object({
  rows: z.array(z.object({ key: z.string(), count: z.int(), self_cpu_us: z.number(), cpu_total_us: z.number() })),
  self_cpu_time_total_us: z.number(),
  steps: z.array(z.unknown()),
})

const TRACES = ['cnn_infer_batches', 'transformer_train', 'dataloader_bound']
/** torch prints thousandths of a µs; its own sums round. */
const TOLERANCE_US = 0.05

describe.skipIf(withoutSamples)('every row of key_averages() of torch 2.15', () => {
  test.each(TRACES)('%s', async name => {
    const truth = Truth.parse(JSON.parse(sampleText(`kineto_local/torch2.15_cpu_${name}.truth.json`)))
    const index = await buildTrace(join(SAMPLES_FOLDER, 'kineto_local', `torch2.15_cpu_${name}.json.gz`))
    const rows = operatorRows(index, undefined)
    const ours = new Map(rows.map(row => [row.name, row]))
    expect([...ours.keys()].toSorted()).toEqual(truth.rows.map(({ key }) => key).toSorted())
    for (const { key, count, self_cpu_us, cpu_total_us } of truth.rows) {
      const row = ours.get(key)
      expect(row?.count, key).toBe(count)
      expect(Math.abs((row?.selfCpuNs ?? Number.NaN) / 1000 - self_cpu_us), `${key}, self`).toBeLessThanOrEqual(
        TOLERANCE_US,
      )
      expect(Math.abs((row?.totalCpuNs ?? Number.NaN) / 1000 - cpu_total_us), `${key}, total`).toBeLessThanOrEqual(
        TOLERANCE_US,
      )
    }
    const selfUs = rows.reduce((sum, { selfCpuNs }) => sum + selfCpuNs, 0) / 1000
    expect(Math.abs(selfUs - truth.self_cpu_time_total_us)).toBeLessThanOrEqual(1)
    expect(stepWindows(index)).toHaveLength(truth.steps.length)
    expect(
      rows.every(row => row.selfDeviceNs === undefined),
      'no device work, no device time',
    ).toBe(true)
  })
})
