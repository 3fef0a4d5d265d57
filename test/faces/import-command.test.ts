import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ResultDocument } from '#domain/document.ts'
import { batchscope } from '../helpers/cli.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../helpers/samples.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startTriton, withoutTriton } from '../helpers/triton/server.ts'

const sample = (path: string) => join(SAMPLES_FOLDER, path)
const real = (name: string) => sample(`triton/perf_analyzer_real/${name}`)

describe.skipIf(withoutSamples)('batchscope import', () => {
  test('takes files of every kind at once, into one session that says of each what it is', async () => {
    const dataDir = tempFolder()
    const session = join(dataDir, 'all.bscope')
    const files: readonly (readonly [path: string, format: string, points: number])[] = [
      [sample('triton/perf_analyzer_plain_docs.csv'), 'perf-analyzer-csv', 4],
      [real('image_cls_http_b8.csv'), 'perf-analyzer-csv', 4],
      [real('delay_grpc.log'), 'perf-analyzer-console', 4],
      [real('delay_v260.profile.json'), 'perf-analyzer-profile', 2],
      [sample('triton/model_analyzer_metrics-model-gpu.csv'), 'model-analyzer-csv', 42],
      [sample('triton/model_analyzer_single-model_0.ckpt'), 'model-analyzer-checkpoint', 16],
      [sample('triton/dle_tft_online_b16.csv'), 'dle-csv', 32],
      [sample('seeds/gpunet_v100_offline.csv'), 'dle-csv', 7],
      [sample('seeds/gpunet_v100_online.csv'), 'dle-csv', 32],
    ]
    const paths = files.map(([path]) => path)
    const { code, stdout, stderr } = await batchscope(['import', ...paths, '--session', session, '--json'], { dataDir })
    expect([code, stderr]).toEqual([0, expect.stringContaining(`Saved in ${session}`)])
    const { runs } = ResultDocument.parse(JSON.parse(stdout))
    expect(runs.map(({ points, passport }) => [passport?.method.file, passport?.method.format, points.length])).toEqual(
      files,
    )
    expect(runs.every(({ kind, status }) => kind === 'import' && status === 'done')).toBe(true)
    // Units of the two tables of one tool, told by header and by figures: 1.36 ms and 15617 µs, as printed.
    const means = runs
      .filter(run => run.passport?.method.format === 'dle-csv')
      .map(run => run.points[0]?.latencyMs?.mean)
    expect(means).toEqual([15.617, 1.36, 10.72])
    // A second time into the same session: it is appended to.
    const again = await batchscope(['import', real('unstable.log'), '--session', session, '--strict'], { dataDir })
    expect(again.code).toBe(69)
    const list = await batchscope(['show', session], { dataDir })
    expect(list.stdout.match(/import/g)).toHaveLength(files.length + 1)
  })

  test('what the tutorial plots is in its tables: throughput and latency over batch, and parts over concurrency', async () => {
    const dataDir = tempFolder()
    const paths = ['offline', 'online'].map(name => sample(`seeds/gpunet_a100_${name}.csv`))
    const { stdout } = await batchscope(['import', ...paths, '--json'], { dataDir })
    const [offline, online] = ResultDocument.parse(JSON.parse(stdout)).runs
    expect(offline?.points.map(({ batch }) => batch)).toEqual([1, 2, 4, 8, 16, 32, 64])
    expect(online?.points.map(({ concurrency }) => concurrency)).toEqual(
      Array.from({ length: 32 }, (_, index) => 8 * (index + 1)),
    )
    for (const { inferPerSec, latencyMs, partsMs } of [...(offline?.points ?? []), ...(online?.points ?? [])]) {
      expect(inferPerSec).toBeGreaterThan(0)
      expect(Object.keys(latencyMs ?? {}).toSorted()).toEqual(['mean', 'p50', 'p90', 'p95', 'p99'])
      // The stack of the bars: seven parts, as high as the mean within the digits printed.
      expect(Object.keys(partsMs ?? {})).toHaveLength(7)
      const stack = Object.values(partsMs ?? {}).reduce<number>((sum, part) => sum + (part ?? 0), 0)
      expect(Math.abs(stack / (latencyMs?.mean ?? 1) - 1)).toBeLessThan(0.013)
    }
  })
})

test('a file that cannot be read stops the command before anything is kept, and is named', async () => {
  const dataDir = tempFolder()
  const [good, bad] = [join(dataDir, 'good.csv'), join(dataDir, 'bad.csv')]
  writeFileSync(good, 'Concurrency,Inferences/Second,p50 latency,Avg latency\n1,100,9900,10000\n')
  writeFileSync(bad, 'Concurrency;Inferences/Second;p50 latency;Avg latency\n1;100;9900;10000\n')
  const { code, stdout, stderr } = await batchscope(['import', good, bad, '--session', join(dataDir, 's.bscope')], {
    dataDir,
  })
  expect([code, stdout]).toEqual([65, ''])
  expect(stderr).toContain('not by ","')
  expect(stderr).toContain('bad.csv, line 1')
  expect((await batchscope(['show', join(dataDir, 's.bscope')], { dataDir })).code).toBe(66)
})

test.skipIf(withoutTriton)(
  'a sweep’s perf_analyzer table, imported and exported again, is the same table',
  async () => {
    const dataDir = tempFolder()
    const triton = await startTriton({ load: ['identity_fp32'] })
    onTestFinished(() => triton.stop())
    const short = ['-p', '200', '-r', '3', '--concurrency', '1,2', '--metrics-url', 'none', '--shape', 'INPUT0:16']
    const swept = await batchscope(
      ['sweep', triton.grpcUrl, '-m', 'identity_fp32', '-b', '4', ...short, '--verbose-csv', '--quiet'],
      { dataDir },
    )
    expect(swept.stdout).toMatch(/^Concurrency,Inferences\/Second,Client Send,/)
    expect(swept.stdout.trim().split('\n')).toHaveLength(3)
    const path = join(dataDir, 'swept.csv')
    writeFileSync(path, swept.stdout)
    const imported = await batchscope(['import', path, '--batch', '4', '--verbose-csv', '--quiet'], { dataDir })
    // `request/response` and what it leaves are sums of cells that were cut off one by one.
    const withoutSums = (table: string) => table.replaceAll(/,[^,\n]*,[^,\n]*$/gm, '')
    expect(withoutSums(imported.stdout)).toBe(withoutSums(swept.stdout))
  },
)
