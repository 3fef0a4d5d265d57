import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { Point } from '#domain/point.ts'
import { type Format, readHead } from '#formats/define.ts'
import { seededRandom } from '#stats/random.ts'
import { FORMATS } from '../../src-main/catalog.ts'
import { makePoints } from '../../src-main/runs/import/make-points.ts'
import { memorySource } from '../helpers/bytes.ts'
import { SAMPLES_FOLDER, sampleBytes, withoutSamples } from '../helpers/samples.ts'

/** Which format claims each recorded file, by its path: written down by hand from the READMEs. */
const CLAIMS: readonly (readonly [id: string, path: RegExp])[] = [
  ['perf-analyzer-csv', /^triton\/perf_analyzer_(?:plain|verbose)\w*\.csv$/],
  ['perf-analyzer-csv', /^triton\/perf_analyzer_real\/(?!anchors)[\w.]+\.csv$/],
  ['perf-analyzer-console', /^triton\/perf_analyzer_(?:console[\w-]*|real\/\w+)\.log$/],
  ['perf-analyzer-profile', /^triton\/.*\.profile\.json$/],
  ['model-analyzer-csv', /^triton\/(?:model_analyzer_\w*metrics|model_analyzer_real\/metrics)[\w-]*\.csv$/],
  ['model-analyzer-checkpoint', /\.ckpt$/],
  ['model-analyzer-log', /model_analyzer_real\/profile\.log$/],
  ['dle-csv', /^(?:triton\/dle_\w+|seeds\/gpunet_\w+_o(?:ff|n)line)\.csv$/],
  ['triton-statistics', /(?:model_statistics|grpc_ModelStatistics|\/stats_)\w*\.json$/],
  ['triton-metrics', /\.prom\.txt$/],
  ['model-config', /\.pbtxt$/],
  ['trtexec-log', /^trtexec\/.*\.log$/],
  ['trtexec-times', /^trtexec\/.*(?:exportTimes|\.timing)\.json$/],
  ['trtexec-profile', /^trtexec\/(?!ort).*(?:exportProfile|\.profile)\.json$/],
  ['trtexec-layers', /^trtexec\/.*(?:exportLayerInfo[\w-]*|\.graph)\.json$/],
  ['trex-metadata', /^trtexec\/.*\.metadata\.json$/],
  ['ort-profile', /^trtexec\/ort\S*\.json$/],
]
const AT = '2026-11-21T10:00:00.000Z'
const CUTS = 25
const FLIPS = 15

const files = withoutSamples
  ? []
  : [
      'triton',
      'triton/perf_analyzer_real',
      'triton/server_real',
      'triton/model_analyzer_real',
      'seeds',
      'trtexec',
    ].flatMap(folder =>
      readdirSync(join(SAMPLES_FOLDER, folder))
        .map(name => `${folder}/${name}`)
        .filter(path => statSync(join(SAMPLES_FOLDER, path)).isFile()),
    )

async function claimedBy(bytes: Uint8Array, name: string): Promise<Format[]> {
  const head = await readHead(memorySource(bytes, name))
  return FORMATS.filter(format => format.sniff(head))
}

/** What is read can be kept: no NaN, no fraction of a request. An EngineError says why; anything else is a bug. */
async function readsOrSaysWhy(format: Format, bytes: Uint8Array): Promise<void> {
  try {
    const content = await format.read(memorySource(bytes, 'damaged'))
    if ('points' in content) for (const { point } of makePoints(content, undefined, AT).made) Point.parse(point)
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    expect(thrown.code).not.toBe('INTERNAL')
    expect(thrown.message).not.toBe('')
  }
}

describe.skipIf(withoutSamples)('recorded files', () => {
  test('each is claimed by the format it is of and no other; what is none of ours by none', async () => {
    for (const path of files) {
      const expected = CLAIMS.filter(([, pattern]) => pattern.test(path)).map(([id]) => id)
      const claiming = (await claimedBy(sampleBytes(path), 'any-name.bin')).map(({ id }) => id)
      expect([path, ...claiming]).toEqual([path, ...expected])
    }
    for (const [id, pattern] of CLAIMS) expect([id, files.some(path => pattern.test(path))]).toEqual([id, true])
  })

  test.each(files)('%s: cut or changed anywhere, it reads or says why', async path => {
    const bytes = sampleBytes(path)
    const [format] = await claimedBy(bytes, path)
    if (format === undefined) return
    const random = seededRandom(bytes.length)
    // Long exports cost a parse each: fewer, not other, cuts.
    const rounds = Math.max(6, Math.min(CUTS, Math.round(1_500_000 / bytes.length)))
    const lengths = [0, 1, bytes.length - 1, ...Array.from({ length: rounds }, () => random.uint32() % bytes.length)]
    for (const length of lengths) await readsOrSaysWhy(format, bytes.subarray(0, length))
    for (let round = 0; round < Math.min(rounds, FLIPS); round++) {
      const damaged = bytes.slice()
      for (let flips = 0; flips < 3; flips++) damaged[random.uint32() % bytes.length] = random.uint32() & 0xff
      await readsOrSaysWhy(format, damaged)
    }
  })
})
