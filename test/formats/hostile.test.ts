import { expect, test } from 'vitest'
import { Point } from '#domain/point.ts'
import { type FileHead, type Format, type PointsContent, readHead } from '#formats/define.ts'
import { nameFile } from '#formats/name-file.ts'
import { FORMATS } from '../../src-main/catalog.ts'
import { makePoints } from '../../src-main/runs/import/make-points.ts'
import { memorySource } from '../helpers/bytes.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** The format that claims the text, as an import finds it. */
async function claiming(text: string): Promise<Format<'points'>> {
  const head = await readHead(memorySource(bytes(text), 'f'))
  const [format, ...others] = FORMATS.filter(each => each.sniff(head))
  expect(others).toEqual([])
  if (format === undefined || !isPoints(format)) throw new Error('no format of points claims it')
  return format
}

function isPoints(format: Format): format is Format<'points'> {
  return format.gives === 'points'
}

const read = async (text: string): Promise<PointsContent> =>
  (await claiming(text)).read(memorySource(bytes(text), 'f.csv'))
const figures = ({ points }: PointsContent) => points

const PERF = `Concurrency,Inferences/Second,Client Send,Server Queue,Client Recv,p50 latency,p99 latency,Avg latency
1,1600,10,100,10,490,540,500
2,1700,10,200,10,990,1040,1100
`
const DLE = `Batch,Concurrency,Inferences/Second,Server Queue (ms),p50 latency (ms),avg latency (ms)
1,1,733.00,0.07,1.36,1.36
8,1,3000.00,0.07,2.66,2.66
`
const ANALYZER = `Model,Batch,Concurrency,Model Config Path,Instance Group,Max Batch Size,Satisfies Constraints,Throughput (infer/sec),p99 Latency (ms)
m,1,4,m_config_2,2:CPU,1,Yes,1309.0,6.7
m,1,2,m_config_2,2:CPU,1,Yes,1200.0,3.7
`
const CONSOLE = `*** Measurement Settings ***
  Batch size: 1

Request concurrency: 1
  Client: 
    Request count: 372
    Throughput: 51.6649 infer/sec
    Avg latency: 19317 usec (standard deviation 134 usec)
    p50 latency: 19317 usec
    p90 latency: 19400 usec
    p95 latency: 19500 usec
    p99 latency: 19600 usec
    Avg HTTP time: 19310 usec (send/recv 212 usec + response wait 19098 usec)

Inferences/Second vs. Client Average Batch Latency
Concurrency: 1, throughput: 51.6649 infer/sec, latency 19317 usec
`
const TEXTS = { PERF, DLE, ANALYZER, CONSOLE }
const TABLES = { PERF, DLE, ANALYZER }

test.each(Object.entries(TEXTS))('%s: a byte-order mark and CRLF change nothing', async (_, text) => {
  const plain = figures(await read(text))
  expect(plain.length).toBeGreaterThan(0)
  expect(figures(await read(`\uFEFF${text}`))).toEqual(plain)
  expect(figures(await read(text.replaceAll('\n', '\r\n')))).toEqual(plain)
})

test.each(
  Object.entries(TABLES),
)('%s: parted by semicolons or tabs is refused, with line and remedy', async (_, text) => {
  for (const [delimiter, word] of [
    [';', '";"'],
    ['\t', 'tabs'],
  ] as const) {
    await expect(read(text.replaceAll(',', delimiter))).rejects.toMatchObject({
      code: 'FORMAT_BROKEN',
      message: expect.stringContaining(word),
      data: { where: 'f.csv, line 1', hint: expect.stringContaining('CSV with commas') },
    })
  }
})

test.each(Object.entries(TABLES))('%s: cut in a row, the row is named and the others are there', async (_, text) => {
  const cut = text.slice(0, text.lastIndexOf(','))
  const { points, skipped, notices } = await read(cut)
  expect(points).toHaveLength(1)
  expect(skipped).toEqual([{ where: 'line 3', why: expect.stringMatching(/^ends after \d of \d cells$/) }])
  expect(notices.join(' ')).toContain('may be cut')
})

test('a row with decimal commas has more cells than titles, and is named', async () => {
  const { points, skipped } = await read(PERF.replace('1600', '1600,5'))
  expect(points.map(({ concurrency }) => concurrency)).toEqual([2])
  expect(skipped).toEqual([{ where: 'line 2', why: 'has 9 cells under 8 titles' }])
})

test.each([
  'nan',
  '-nan',
  'inf',
  '1.5.2',
  '-3',
  '0x10',
  '١',
])('a cell that says %s is absent from its point, and named with line and column', async cell => {
  const { points, skipped } = await read(PERF.replace('1,1600,10,100,', `1,1600,10,${cell},`))
  expect(points).toHaveLength(2)
  expect(points[0]?.partsMs).not.toHaveProperty('queue')
  expect(skipped).toEqual([{ where: 'line 2, Server Queue', why: expect.stringContaining(`"${cell}" is`) }])
})

test.each([
  'nan',
  '-nan',
  '1.2.3',
  '1e999',
  '9'.repeat(400),
])('a log whose throughput says %s has no point without it, and says where', async value => {
  const { points, skipped } = await read(CONSOLE.replace('51.6649 infer/sec\n    Avg', `${value} infer/sec\n    Avg`))
  expect(points).toEqual([])
  expect(skipped).toEqual([{ where: 'line 4', why: expect.stringContaining('concurrency 1') }])
})

test('counts beyond what can be counted are left out, not rounded', async () => {
  const content = await read(CONSOLE.replace('Request count: 372', `Request count: ${'9'.repeat(30)}`))
  const [made] = makePoints(content, undefined, '2026-11-21T10:00:00.000Z').made
  expect(Point.parse(made?.point)).not.toHaveProperty('requests')
})

test('a giant is refused by its size, before it is read', async () => {
  for (const [text, bytesAllowed] of [
    [PERF, 16 * 2 ** 20],
    [CONSOLE, 64 * 2 ** 20],
  ] as const) {
    const format = await claiming(text)
    const size = bytesAllowed + 1
    const unread = { name: 'giant', size, read: () => Promise.reject(new Error('read')) }
    await expect(format.read(unread)).rejects.toMatchObject({ code: 'FORMAT_BROKEN', data: { where: 'giant' } })
  }
})

test('too many rows are refused with the line; one endless line costs no more than its length', async () => {
  const many = PERF + '1,1600,10,100,10,490,540,500\n'.repeat(20_000)
  await expect(read(many)).rejects.toMatchObject({ code: 'FORMAT_BROKEN', data: { where: 'f.csv, line 20001' } })
  for (const endless of [',', 'x', '"', '1,', '\r']) {
    const { points } = await read(PERF + endless.repeat(2_000_000))
    expect(points).toHaveLength(2)
  }
  for (const endless of ['perf_analyzer -m ', 'perf_analyzer ', 'Thread [', '+ marshal 1 usec ', ' (']) {
    expect((await read(CONSOLE + endless.repeat(1_000_000 / endless.length))).points).toHaveLength(1)
    const lines = `${endless.repeat(15_000 / endless.length)}\n`.repeat(50)
    expect((await read(CONSOLE.replace('  Client:', `${lines}  Client:`))).points).toHaveLength(1)
  }
})

test('bytes after a good header are no rows; a binary file is claimed by nobody of these', async () => {
  const noise = Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919 + 13) & 0xff)
  const both = new Uint8Array([...bytes(PERF), ...noise])
  const format = await claiming(PERF)
  const { points, skipped } = await format.read(memorySource(both, 'f.csv'))
  expect(points).toHaveLength(2)
  expect(skipped.length).toBeGreaterThan(0)
  for (const { where } of skipped) expect(where).toMatch(/^line \d+/)
  const head = await readHead(memorySource(noise))
  expect(FORMATS.filter(each => each.gives === 'points' && each.sniff(head))).toEqual([])
})

/** What repeats in files of these kinds, and what patterns stumble over. */
const TOKENS = [
  '\n',
  ' ',
  '\r\n',
  '#',
  '# ',
  '#\n',
  '# a\n',
  '"',
  '{',
  '{"',
  '[',
  ',',
  'a:',
  'a ',
  '\n ',
  '***',
  '<',
  '\0',
]

test('whatever a file begins with, to tell what it is takes no time', () => {
  const namers: ((head: FileHead) => unknown)[] = [...FORMATS.map(format => format.sniff), nameFile]
  for (const token of TOKENS) {
    for (const end of ['', '!', 'x y']) {
      const text = token.repeat(4090 / token.length) + end
      const head = { bytes: bytes(text), text, size: text.length }
      const startMs = performance.now()
      for (const name of namers) name(head)
      // Patterns that try every way to part such a head never come back.
      expect([token, performance.now() - startMs < 2000]).toEqual([token, true])
    }
  }
})
