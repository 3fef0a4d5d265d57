import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DeviceRow, OperatorRow } from '../../../src-main/domain/trace.ts'
import { categorySet } from '../../../src-main/traces/duration-rows.ts'
import { figuresOf } from '../../../src-main/traces/figures.ts'
import { operatorRows } from '../../../src-main/traces/operators.ts'
import { tablesOf } from '../../../src-main/traces/tables.ts'
import { gpuWindow, stepWindows, wholeWindow } from '../../../src-main/traces/windows.ts'
import { buildTrace } from '../../helpers/build-trace.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../../helpers/samples.ts'
import { KINETO_REFERENCE } from './kineto-reference.ts'

/** Counts exactly, times within 1 µs or 0.01 %. */
function expectUs(ns: number, us: number, what: string): void {
  expect(Math.abs(ns / 1000 - us), `${what}: ${ns / 1000} µs, reference ${us}`).toBeLessThanOrEqual(
    Math.max(1, Math.abs(us) * 1e-4),
  )
}

const sum = (devices: readonly DeviceRow[], of: (device: DeviceRow) => number) =>
  devices.reduce((total, device) => total + of(device), 0)

describe.skipIf(withoutSamples)(
  'figures of recorded traces equal those of a script that shares no code with ours',
  () => {
    test.each([...KINETO_REFERENCE])('%s', async (file, reference) => {
      const index = await buildTrace(join(SAMPLES_FOLDER, 'kineto', file))
      const window = wholeWindow(index)
      const { devices } = figuresOf(index, window)
      expectUs(window.endNs - window.startNs, reference.span_us, 'span')
      expect(stepWindows(index).length).toBe(reference.profiler_step_count)
      expect(sum(devices, ({ kernels }) => kernels)).toBe(reference.kernels)
      expect(sum(devices, ({ kernels, copies, fills }) => kernels + copies + fills)).toBe(reference.gpu_events)
      expect(index.manifest.linked).toBe(reference.kernels_with_launch)
      expect(sum(devices, ({ withoutLaunch }) => withoutLaunch)).toBe(reference.kernels_without_launch)
      expectUs(
        sum(devices, ({ sumNs }) => sumNs),
        reference.gpu_all_sum_us,
        'sum',
      )
      expect(devices.map(({ id }) => String(id)).toSorted()).toEqual(Object.keys(reference.per_device).toSorted())
      for (const device of devices) {
        const of = reference.per_device[device.id] ?? expect.fail(`no device ${device.id}`)
        expect(device.kernels + device.copies + device.fills).toBe(of.events)
        expectUs(device.busyNs, of.busy_union_us, 'busy')
        expectUs(device.sumNs, of.sum_us, 'sum of a device')
        expectUs(device.endNs - device.startNs, of.first_to_last_us, 'first to last')
        expectUs(device.idleNs, reference.span_us - of.busy_union_us, 'idle in the span')
        if (of.busy_pct_of_span != null && window.endNs > window.startNs)
          expect((100 * device.busyNs) / (window.endNs - window.startNs)).toBeCloseTo(of.busy_pct_of_span, 1)
      }
      const gpu = gpuWindow(index)
      expect(gpu === undefined).toBe(reference.gpu_events === 0)
      if (devices.length === 1 && gpu !== undefined) {
        const [inGpu] = figuresOf(index, gpu).devices
        const [of] = Object.values(reference.per_device)
        expectUs(inGpu?.idleNs ?? Number.NaN, of?.idle_in_gpu_window_us ?? Number.NaN, 'idle in the GPU window')
        const { hta_like: hta } = reference
        if (hta?.kernel_time_us !== undefined) {
          expectUs(gpu.endNs - gpu.startNs, hta.kernel_time_us, 'kernel time of HTA')
          expectUs(inGpu?.idleNs ?? Number.NaN, hta.idle_us ?? Number.NaN, 'idle time of HTA')
          expectUs(inGpu?.kernelNs ?? Number.NaN, hta.compute_us ?? Number.NaN, 'compute time of HTA')
        }
      }

      const tables = tablesOf(index)
      const rows = new Map(tables.kernels.map(row => [row.name, row]))
      for (const { name, count, total_us } of reference.top5_kernels) {
        expect(rows.get(name)?.count, name).toBe(count)
        expectUs(rows.get(name)?.totalNs ?? Number.NaN, total_us, name)
      }
      const copies = tables.copies.reduce((total, { totalNs }) => total + totalNs, 0)
      expectUs(copies, reference.gpu_memcpy_sum_us + reference.gpu_memset_sum_us, 'copies and fills')
    })

    test.each([...KINETO_REFERENCE])('operators of %s', async (file, reference) => {
      const index = await buildTrace(join(SAMPLES_FOLDER, 'kineto', file))
      const opsOnly = categorySet('op', ...(isOld(file) ? (['annotation', 'data-loading'] as const) : []))
      expectRows(operatorRows(index, undefined, { nests: opsOnly, rows: opsOnly }), reference.top5_cpu_ops_by_self)
      const host = categorySet('op', 'annotation', 'data-loading', 'runtime', 'sync')
      expectRows(operatorRows(index, undefined, { nests: host, rows: host }), reference.top5_host_rows_by_self)
    })
  },
)

/** Until torch 1.9 ranges were operators. */
const isOld = (file: string) => file.startsWith('torch1.')

function expectRows(
  rows: readonly OperatorRow[],
  top: readonly { name: string; count: number; total_us: number; self_us: number }[],
): void {
  for (const { name, self_us } of top) {
    if (name.startsWith('ProfilerStep#')) continue // one row for all steps here, as torch has it
    const same = rows.filter(row => row.name === name)
    // The script does not fold an only child of its parent's name: self time is right either way, count and total not.
    expectUs(
      same.reduce((total, row) => total + row.selfCpuNs, 0),
      self_us,
      `${name}, self`,
    )
  }
}
