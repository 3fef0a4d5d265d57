import { expect, test } from 'vitest'
import { scrubExport } from '../../src-main/workers/scrub-export.ts'
import { openTables } from '../../src-main/workers/table-source.ts'
import { madeDatabase, strings } from '../helpers/nsys/made.ts'

test('an export keeps the rank of its job and none of the other variables', () => {
  const variable = (value: string) => ({ name: 'PROCESS_0:ENVIRONMENT_VARIABLE', value })
  const path = madeDatabase({
    StringIds: strings('k'),
    META_DATA_CAPTURE: [variable('HF_TOKEN="hunter2"'), variable('RANK="3"'), variable('MY_RANK="hunter2"')],
  })
  scrubExport(path)
  const tables = openTables(path)
  const values = tables.rows('SELECT value FROM META_DATA_CAPTURE').map(({ value }) => value)
  tables.close()
  expect(values).toContain('RANK="3"')
  expect(values.join()).not.toContain('hunter2')
})
