import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ResultDocument } from '#domain/document.ts'
import { batchscope } from '../helpers/cli.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../helpers/samples.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const FOLDER = join(SAMPLES_FOLDER, 'triton', 'model_analyzer_real')
const RESULTS = ['0.ckpt', 'metrics-model-inference.csv', 'profile.log']
/** How the README of the samples ends the search: image_cls_config_2 at concurrency 4, 1309.0 infer/s. */
const BEST = /★ {2}image_cls_config_2 \(instances 2:CPU, max batch 1\) +1 +4 +1,309 /

describe.skipIf(withoutSamples)('the output of a real Model Analyzer run', () => {
  test('opens, and each table names its configurations and the same best', async () => {
    const dataDir = tempFolder()
    const session = join(dataDir, 'analyzed.bscope')
    const paths = RESULTS.map(name => join(FOLDER, name))
    const { code, stdout } = await batchscope(['import', ...paths, '--session', session], { dataDir })
    expect(code).toBe(0)
    expect(stdout.match(new RegExp(BEST, 'g'))).toHaveLength(RESULTS.length)
    expect(stdout.match(/image_cls_config_2 read highest/g)).toHaveLength(RESULTS.length)

    const shown = await batchscope(['show', session, '--json'], { dataDir })
    const { runs } = ResultDocument.parse(JSON.parse(shown.stdout))
    for (const { points } of runs) {
      expect(points).toHaveLength(20)
      expect(new Set(points.map(point => point.serverConfig?.config))).toEqual(
        new Set(['default', '0', '1', '2', '3'].map(name => `image_cls_config_${name}`)),
      )
    }
    const list = await batchscope(['show', session], { dataDir })
    expect(list.stdout).toContain('1,309 infer/s at batch 1')
    expect(list.stdout).not.toContain('FPS')
  })

  test('what holds no figures is named for what it is', async () => {
    const dataDir = tempFolder()
    const others = readdirSync(FOLDER).filter(name => !RESULTS.includes(name) && /html|yaml/.test(name))
    expect(others.length).toBeGreaterThan(2)
    for (const name of others) {
      const { code, stderr } = await batchscope(['import', join(FOLDER, name)], { dataDir })
      expect([name, code]).toEqual([name, 65])
      expect(stderr).toMatch(/This is a (?:report|configuration) of Model Analyzer/)
      expect(stderr).toContain('export/results/metrics-model-inference.csv')
    }
  })
})
