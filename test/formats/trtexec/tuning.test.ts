import { expect, test } from 'vitest'
import { readHead } from '#formats/define.ts'
import { FORMATS } from '../../../src-main/catalog.ts'
import { memorySource } from '../../helpers/bytes.ts'

test('a tuning cache names its fastest build; a line that is cut is said', async () => {
  const lines = [
    { argv: ['trtexec', '--tuneBuildRoutes=x'], tuner_version: '1', default_build_route: '-a=0' },
    { index: 0, build_route: '-a=0', gpu_time: 0.5 },
    { index: 1, build_route: '-a=1', gpu_time: 0.25 },
    { index: 2, build_route: '-a=2' },
  ].map(line => JSON.stringify(line))
  const source = memorySource(new TextEncoder().encode(`${lines.join('\n')}\n{"index": 3, "bu`), 'tuning.cache')
  const head = await readHead(source)
  const [format, ...others] = FORMATS.filter(each => each.sniff(head))
  expect([format?.id, others]).toEqual(['trtexec-tuning', []])
  expect(await format?.read(source)).toMatchObject({
    points: [],
    facts: { builds: 3, bestBuildRoute: '-a=1', bestGpuTime: 0.25 },
    skipped: [{ where: 'line 5' }],
  })
})
