import { writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ResultDocument } from '#domain/document.ts'
import { nsys } from '../../native-tools/nsys.ts'
import { batchscope } from '../helpers/cli.ts'
import { SAMPLES_FOLDER, sampleText, withoutSamples } from '../helpers/samples.ts'
import { smallTrace, type TraceEvent } from '../helpers/small-trace.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const withoutNsys = !(await nsys.find({})).ready
if (withoutNsys) console.warn('Skipped: no nsys here to export reports')

const sample = (path: string) => join(SAMPLES_FOLDER, path)

describe.skipIf(withoutSamples)('batchscope import of recorded traces', () => {
  test('takes traces of every kind at once, a run each; show prints them again', async () => {
    const dataDir = tempFolder()
    const session = join(dataDir, 'traces.bscope')
    const kineto = ['rocm7_mi300x_vllm_decode_hipgraph.json.gz', 'torch2.5_t4_resnet_inference_colab.json']
    const files: readonly (readonly [path: string, format: string])[] = [
      ...kineto.map(name => [sample(`kineto/${name}`), 'kineto'] as const),
      [sample('kineto_local/torch2.15_cpu_cnn_infer_batches.json.gz'), 'kineto'],
      [sample('nsys/gpu_2022.4.2_t4_vecadd.sqlite'), 'nsys-sqlite'],
      [sample('nsys/gpu_2025.5.2_rtx3060_vectoradd.sqlite'), 'nsys-sqlite'],
      [sample('trtexec/ort1300-node-cpu-residual_block.profile.json'), 'ort-profile'],
    ]
    const args = ['import', ...files.map(([path]) => path), '--session', session, '--json']
    const { code, stdout, stderr } = await batchscope(args, { dataDir })
    expect([code, stderr]).toEqual([0, expect.stringContaining(`Saved in ${session}`)])
    expect(stderr).toMatch(
      /^GPU 0: busy [\d.]+ % of [\d.]+ .s from its first to its last work, 4 kernels; reading the rest…$/m,
    )
    const document = ResultDocument.parse(JSON.parse(stdout))
    const traces = document.runs.map(({ trace }) => trace)
    expect(traces.map(trace => [trace?.source.path, trace?.source.format])).toEqual(files)
    expect(document.runs.every(({ status, findings }) => status === 'done' && findings.length > 0)).toBe(true)
    // Figures of another program over the same files (README of the samples).
    const Reference = z.record(z.string(), z.object({ kernels: z.number(), gpu_all_union_us: z.number() }))
    const reference = Reference.parse(JSON.parse(sampleText('kineto/reference.json')))
    for (const [at, name] of kineto.entries()) {
      const [device] = traces[at]?.devices ?? []
      expect(traces[at]?.counts.kernels).toBe(reference[name]?.kernels)
      expect(device?.busyNs).toBeCloseTo((reference[name]?.gpu_all_union_us ?? 0) * 1000, -3)
    }
    // nsys stats cuda_gpu_kern_sum of the same database: 4 launches, 116,670 ns.
    expect(traces[3]?.kernels).toMatchObject([{ count: 4, totalNs: 116_670 }])

    const shown = await batchscope(['show', session, '--json'], { dataDir })
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(stdout))
    const text = (await batchscope(['show', session, 'last'], { dataDir })).stdout
    expect(text).toMatch(/^ONNX Runtime[^\n]*: 447 ms, 182 slices/m)
    expect(text).toContain('Graph nodes')
    expect(text).toMatch(
      /^Where the time goes: [\s\S]*^Cannot tell:\n[\s\S]*^\d+ checks? found nothing: “[^\n]*$(?![\s\S]*→)/m,
    )
  }, 240_000)
})

describe.skipIf(withoutSamples || withoutNsys)('a report of Nsight Systems', () => {
  test('is exported by nsys and gives the figures of its database', async () => {
    const dataDir = tempFolder()
    const paths = ['nsys-rep', 'sqlite'].map(ending => sample(`nsys/gpu_2022.4.2_t4_vecadd.${ending}`))
    const args = ['import', ...paths, '--session', join(dataDir, 's.bscope'), '--json']
    const { stdout } = await batchscope(args, { dataDir, env: { HOME: homedir() } })
    const [report, database] = ResultDocument.parse(JSON.parse(stdout)).runs.map(({ trace }) => trace)
    expect(report?.source.format).toBe('nsys-report')
    expect(report?.kernels).toEqual(database?.kernels)
    expect(report?.copies).toEqual(database?.copies)
    expect(report?.apiCalls).toEqual(database?.apiCalls)
  }, 120_000)
})

/** A kernel whose name would recolour the terminal, turn the line around and break a table. */
const HOSTILE = 'evil\u001b[31m\u202e|<b>[x](http://e)\r\n=1+1'

async function hostileRun(format: string[]) {
  const dataDir = tempFolder()
  const kernel: TraceEvent = {
    ph: 'X',
    cat: 'kernel',
    name: HOSTILE,
    pid: 0,
    tid: 7,
    ts: 1,
    dur: 900_000,
    args: { device: 0, stream: 7 },
  }
  const path = join(dataDir, 'a.json')
  writeFileSync(path, smallTrace(20, { events: [kernel] }))
  const session = join(dataDir, 's.bscope')
  const { code, stdout } = await batchscope(['import', path, '--session', session, ...format], { dataDir })
  expect(code).toBe(0)
  return { stdout, session, dataDir }
}

test('the overview for people: where the time went, largest rows first; hostile names stay text', async () => {
  const { stdout } = await hostileRun([])
  expect(stdout).toMatch(/^torch\.profiler: [\d.]+ ms, 61 slices of \d+ events$/m)
  expect(stdout).toMatch(/^GPU 0 \(Test GPU\): busy [\d.]+ % of [\d.]+ ms: kernels [\d.]+ ms; idle /m)
  expect(stdout).toContain('evil?[31m?|<b>[x](http://e)??=1+1')
  expect(stdout).toMatch(/^gemm<float> +20 +0\.400 ms/m)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looked for on purpose
  expect(stdout).not.toMatch(/[\u001b\u202e\r]/)
})

test('Markdown and CSV hold the tables; nothing of a name becomes markup or a formula', async () => {
  const { session, dataDir, stdout } = await hostileRun(['--md'])
  expect(stdout).toContain('### Kernels')
  expect(stdout).toMatch(/^\| gemm\\<float\\> \| 20 \| 0\.400 ms \|/m)
  expect(stdout).not.toMatch(/[^\\]<b>|[^\\]\[x\]/)
  const csv = (await batchscope(['show', session, '--csv'], { dataDir })).stdout
  const lines = csv.split('\r\n')
  expect(lines[0]).toMatch(/^session,run,runTitle,table,name,/)
  expect(lines.some(line => /,kernels,gemm<float>,/.test(line) && line.includes(',20,400000,20000,'))).toBe(true)
  expect(lines.some(line => line.includes(',operators,aten::mm,'))).toBe(true)
})

test('two ranks given at once are one job', async () => {
  const dataDir = tempFolder()
  const paths = [0, 1].map(rank => {
    const path = join(dataDir, `step_rank${rank}.json`)
    writeFileSync(path, smallTrace(5 + rank))
    return path
  })
  const { stdout } = await batchscope(['import', ...paths, '--session', join(dataDir, 's.bscope'), '--json'], {
    dataDir,
  })
  const { runs } = ResultDocument.parse(JSON.parse(stdout))
  expect(runs.map(({ trace }) => [trace?.source.rank, trace?.source.job])).toEqual([
    [0, 'step_rank*.json'],
    [1, 'step_rank*.json'],
  ])
})

test('a file that is no trace ends with 65 and says what it is, before a session is made', async () => {
  const dataDir = tempFolder()
  const path = join(dataDir, 'settings.json')
  writeFileSync(path, '{"editor.fontSize": 13}')
  const { code, stderr } = await batchscope(['import', path], { dataDir })
  expect([code, stderr]).toEqual([65, expect.stringContaining('settings.json')])
  expect(stderr).not.toContain('Saved in')
})

test('the list of formats names those of traces', async () => {
  const { stdout } = await batchscope(['import'], { dataDir: tempFolder() })
  for (const id of ['kineto', 'nsys-sqlite', 'nsys-report', 'ort-profile', 'perf-analyzer-csv'])
    expect(stdout).toContain(id)
})
