import { expect, test } from 'vitest'
import type { ResultDocument } from '#domain/document.ts'
import type { Finding } from '#domain/finding.ts'
import { Point } from '#domain/point.ts'
import { toCsv } from '../../src-main/reports/csv.ts'
import { csvField } from '../../src-main/reports/csv-field.ts'
import { escapeMarkdown, toMarkdown } from '../../src-main/reports/markdown.ts'

const hostile = '<img src=x onerror=alert(1)>|[a](javascript:x)\n=cmd()'
const point = Point.parse({
  id: 'p0',
  index: 0,
  runtime: 'ort-cpu',
  device: 'cpu',
  precision: 'fp32',
  batch: 8,
  concurrency: 1,
  status: 'done',
  startedAt: '2026-11-21T10:00:00Z',
  samples: { count: 42, warmup: 5 },
  latencyMs: { mean: 2, p50: 1.96, p90: 2.1, p95: 2.2, p99: 2.5, min: 1.9, max: 2.6, std: 0.05 },
  boundsMs: { p99: { lowerMs: 2.3, needsSamples: 299 } },
  inferPerSec: 4000,
  flags: ['few-samples'],
})
const document: ResultDocument = {
  format: 'batchscope/1',
  session: { name: 's', createdAt: '2026-11-21T10:00:00Z', appVersion: '0' },
  runs: [
    {
      id: 'r',
      kind: 'bench',
      title: hostile,
      status: 'done',
      command: 'batchscope bench',
      points: [point],
      findings: [],
    },
  ],
}

test('CSV fields follow RFC 4180 and never start a formula', () => {
  expect(csvField('a"b,c')).toBe('"a""b,c"')
  expect(csvField('=1+1')).toBe("'=1+1")
  expect(csvField('@x')).toBe("'@x")
  expect(csvField(-1.5)).toBe('-1.5')
  expect(csvField(undefined)).toBe('')
})

test('a CSV row keeps full precision, and what was not measured is empty', () => {
  const [header = '', row = ''] = toCsv(document).split('\r\n')
  const cells = Object.fromEntries(
    header.split(',').map((name, index) => [name, row.split(',').at(index - header.split(',').length)]),
  )
  expect(cells).toMatchObject({ p50Ms: '1.96', inferPerSec: '4000', peakBytes: '', samples: '42' })
})

test('a percentile bounded only from below says so in Markdown', () => {
  expect(toMarkdown(document)).toContain('≥ 2.50')
})

test('no name becomes markup in Markdown', () => {
  const heading = toMarkdown(document).split('\n')[0]
  expect(heading).toBe(`## ${escapeMarkdown(hostile)}`)
  expect(heading).not.toMatch(/(?<!\\)[<[|]/)
})

test('findings in Markdown: the verdict, what was found with its steps, what cannot be told, what was not found', () => {
  const finding = (rule: string, verdict: Finding['verdict'], next: string[] = []): Finding => ({
    rule,
    verdict,
    title: `T ${rule}`,
    statement: `${rule}.`,
    evidence: [],
    next,
  })
  const [run] = document.runs
  if (run === undefined) throw new Error('a run')
  const findings = [
    finding('n', 'no'),
    finding('u', 'cannot-tell', ['batchscope bench a_b']),
    finding('y', 'yes', ['Larger *batches*']),
    finding('trace-verdict', 'yes'),
  ]
  const lines = toMarkdown({ ...document, runs: [{ ...run, findings }] }).split('\n')
  expect(lines.slice(2, 8)).toEqual([
    '- **T trace-verdict**: trace-verdict.',
    '- **T y**: y.',
    String.raw`  - Larger \*batches\*`,
    '- Cannot tell “T u”: u.',
    '  - `batchscope bench a_b`',
    '- 1 check found nothing: “T n”',
  ])
})
