import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RULES, RUNTIMES, TOOLS } from '../../src-main/catalog.ts'

const README = join(import.meta.dirname, '..', '..', 'README.md')
const SECTION = /(<!-- tables:[^>]*-->\n)[\s\S]*?(<!-- \/tables -->)/

function tables(): string {
  const rows = (header: string[], lines: string[][]) =>
    [header, header.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |`)
  return [
    ...rows(
      ['Runtime', '`--runtime`', 'Device'],
      RUNTIMES.filter(({ hidden }) => hidden !== true).map(({ title, id, device }) => [title, `\`${id}\``, device]),
    ),
    '',
    ...rows(
      ['Tool', 'What for'],
      TOOLS.map(({ title, purpose }) => [title, purpose]),
    ),
    '',
    ...rows(
      ['Finding', 'Rule'],
      RULES.map(({ title, id }) => [title, `\`${id}\``]),
    ),
    '',
  ].join('\n')
}

test('the tables of the README are those of the catalog (write them with UPDATE_README=1)', () => {
  const text = readFileSync(README, 'utf8')
  const wanted = text.replace(SECTION, (_, begin: string, end: string) => `${begin}${tables()}${end}`)
  if (process.env.UPDATE_README === '1') writeFileSync(README, wanted)
  else expect(text).toBe(wanted)
})
