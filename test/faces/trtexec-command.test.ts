import { delimiter, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { batchscope } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { trtexecDouble } from '../helpers/trtexec-double.ts'

const MODEL = join(import.meta.dirname, '..', '..', 'resources', 'sample-model.onnx')
const Result = z.object({
  runs: z.array(
    z.object({
      kind: z.string(),
      status: z.string(),
      passport: z.object({ runtime: z.record(z.string(), z.unknown()), gpu: z.record(z.string(), z.unknown()) }),
      points: z.array(z.object({ batch: z.int(), device: z.string(), flags: z.array(z.string()) })),
      layers: z.array(z.object({ layers: z.array(z.unknown()) })).optional(),
    }),
  ),
})

test('build and bench with a trtexec on PATH: one session, and nothing of a double passes for a device', async () => {
  const dataDir = tempFolder()
  const env = { PATH: [dirname(trtexecDouble()), process.env.PATH].join(delimiter) }
  const call = (...args: string[]) =>
    batchscope([...args, '--session', join(dataDir, 's.bscope'), '--json'], { dataDir, env })

  const built = await call('build', MODEL, '--opt-shape', 'image:8,3,32,32', '--precision', 'fp16')
  expect(built).toMatchObject({ code: 0 })
  const [build] = Result.parse(JSON.parse(built.stdout)).runs
  expect(build).toMatchObject({ kind: 'build', status: 'done', layers: [{ layers: { length: 4 } }] })
  expect([build?.passport.runtime.double, build?.passport.gpu.name]).toEqual([
    true,
    expect.stringMatching(/test double/),
  ])

  const measured = await call('bench', MODEL, '--runtime', 'tensorrt', '--precision', 'fp16', '--batch', '1,8')
  expect(measured).toMatchObject({ code: 0 })
  const bench = Result.parse(JSON.parse(measured.stdout)).runs.find(({ kind }) => kind === 'bench')
  expect(bench?.points.map(({ batch, device }) => [batch, device])).toEqual([
    [1, 'test double'],
    [8, 'test double'],
  ])
  for (const { flags } of bench?.points ?? []) expect(flags).toContain('test-double')
})
