import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TraceSummary } from '../../../src-main/domain/trace.ts'
import { TraceFacts } from '../../../src-main/domain/trace-facts.ts'
import { traceFacts } from '../../../src-main/traces/facts.ts'
import { summarize } from '../../../src-main/traces/summary.ts'
import { buildTrace } from '../../helpers/build-trace.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../../helpers/samples.ts'

const SAMPLES = withoutSamples
  ? []
  : ['kineto', 'kineto_local', 'nsys'].flatMap(folder =>
      readdirSync(join(SAMPLES_FOLDER, folder))
        .filter(name => /\.(?:json|json\.gz|sqlite)$/.test(name) && !/reference|truth/.test(name))
        .map(name => join(folder, name)),
    )

describe.skipIf(withoutSamples)('every recorded trace has a summary and facts as the domain describes them', () => {
  test.each(SAMPLES)('%s', async sample => {
    const index = await buildTrace(join(SAMPLES_FOLDER, sample))
    const source = { path: sample, bytes: 1, sha256: '', format: 'any', tool: index.manifest.origin.tool }
    const summary = TraceSummary.parse(summarize(index, source))
    const facts = TraceFacts.parse(traceFacts(index))
    for (const { devices, window } of [summary, ...summary.steps])
      for (const device of devices) {
        expect(device.busyNs + device.idleNs).toBe(window.endNs - window.startNs)
        const { idle } = device
        if (idle)
          expect(idle.hostNs + idle.syncNs + idle.dataLoadingNs + idle.queueNs + idle.unknownNs).toBe(device.idleNs)
        expect(device.busyNs).toBeLessThanOrEqual(device.sumNs)
      }
    expect(facts.syncs.idleNs).toBeLessThanOrEqual(facts.syncs.totalNs)
    expect(facts.syncs.idleNs).toBeGreaterThanOrEqual(0)
    const [busiest] = facts.devices
    if (busiest && facts.window.endNs > facts.window.startNs) {
      const mean = facts.busyByTenth.reduce((sum, share) => sum + share, 0) / 10
      expect(mean).toBeCloseTo(busiest.busyNs / (facts.window.endNs - facts.window.startNs), 6)
    }
  })
})
