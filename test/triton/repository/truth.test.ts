import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { ACCEPTED, REFUSED } from '../../formats/pbtxt/grammar.ts'
import { mutate, mutateLetters } from '../../formats/pbtxt/mutated-texts.ts'
import { startTriton, type TestServer, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Triton's own parser is not asked: ${withoutTriton}`)

const SEEDS = [
  'backend: "nope" max_batch_size: 8 input [ { name: "a" data_type: TYPE_FP32 dims: [ 3, -1 ] } ] output { name: "b" data_type: TYPE_INT64 dims: 1 reshape { shape: [ ] } }',
  'backend: "nope" dynamic_batching { preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 500 } instance_group [ { count: 2, kind: KIND_GPU; gpus: [ 0 ] } ]',
  'backend: "nope" parameters { key: "a" value: { string_value: "b" } } optimization { cuda { graphs: true graph_spec { input { key: "x" value { dim: 3 } } } } } version_policy { specific { versions: [ 1, 2 ] } }',
  'backend: "nope" sequence_batching < direct { minimum_slot_utilization: 0.5 } control_input [ { name: "S" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 1.0 ] } ] } ] >',
  'backend: "nope" model_warmup [ { name: "w" batch_size: 1 inputs { key: "a" value { data_type: TYPE_FP32 dims: 3 zero_data: true } } } ] response_cache { enable: true } metric_tags { key: "k" value: "v" }',
  '# a\nbackend: "nope" # b\nname: "pro" \'be\'\ninput [ # c {\n  { name: "\\x61\\142\\n" # d "\n    data_type: TYPE_FP32, dims: [ 1, # e\n 2 ]; } ]\nensemble_scheduling { step [ { model_name: "m" model_version: -1 input_map { key: "k" value: "v" } } ] }',
]
/** Once more with BATCHSCOPE_MUTATIONS=6000 after a change of the parser; the last such run found nothing. */
const MUTATIONS = Number(process.env.BATCHSCOPE_MUTATIONS ?? 300)
const KINDS = { words: mutate, letters: mutateLetters }

describe.skipIf(withoutTriton)("against Triton's own parser", () => {
  let server: TestServer
  const models = mkdtempSync(join(tmpdir(), 'batchscope-truth-'))
  beforeAll(async () => {
    mkdirSync(join(models, 'probe', '1'), { recursive: true })
    writeFileSync(join(models, 'probe', 'config.pbtxt'), 'backend: "nope"')
    server = await startTriton({ models, load: [], extra: [] })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(models, { recursive: true })
  })

  /** Whether the real server's parser takes a text; what it does with the model afterwards is another matter. */
  async function takes(text: string): Promise<boolean> {
    const { log = '', models = '' } = server
    const before = readFileSync(log).length
    writeFileSync(join(models, 'probe', 'config.pbtxt'), text)
    await fetch(`${server.httpUrl}/v2/repository/models/probe/load`, { method: 'POST', body: '{}' })
    const said = readFileSync(log).subarray(before).toString()
    expect(said).not.toBe('')
    return !said.includes('failed to read text proto')
  }

  test.each(ACCEPTED)('it takes %j', async text => {
    expect(await takes(`backend: "nope"\n${text}`)).toBe(true)
  })

  test.each(REFUSED.map(([text]) => text))('it refuses %j', async text => {
    expect(await takes(text.startsWith('\ufeff') ? text : `backend: "nope"\n${text}`)).toBe(false)
  })

  test.each(Object.entries(KINDS))(
    `${MUTATIONS} texts with %s exchanged: accepted by both or by none`,
    async (_, mutated) => {
      const differences: string[] = []
      const counts = { accepted: 0, refused: 0 }
      for (let seed = 1; seed <= MUTATIONS; seed++) {
        const text = mutated(SEEDS[seed % SEEDS.length] ?? '', seed)
        const theirs = await takes(text)
        counts[theirs ? 'accepted' : 'refused']++
        if (theirs !== (parseConfig(text).config !== undefined))
          differences.push(`${theirs ? 'takes' : 'refuses'}: ${JSON.stringify(text)}`)
      }
      expect(differences).toEqual([])
      expect(Math.min(counts.accepted, counts.refused)).toBeGreaterThan(MUTATIONS / 40)
    },
    60_000 + MUTATIONS * 100,
  )
})
