import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BULK_CHECK_MAX_BYTES } from '../../src-main/session/format.ts'
import { createSession, openSession } from '../../src-main/session/open.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { aPoint } from '../helpers/points.ts'
import { APP, aRun } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

test('in a large session damaged samples are noticed when they are read, not at opening', () => {
  const path = join(tempFolder(), 'large.bscope')
  const session = createSession(path, APP)
  session.insertRun(aRun('r'))
  const latenciesMs = Float64Array.from({ length: 300_000 }, () => Math.random())
  for (const index of [0, 1, 2]) {
    session.addPoint('r', aPoint(index + 1, 1, { index }), { warmup: 0, latenciesMs })
  }
  session.close()
  const db = new SqlDatabase(path)
  db.exec('UPDATE sample SET count = count - 1 WHERE point_seq = 2')
  db.close()
  const again = openSession(path, APP)
  expect(again.info().bytes).toBeGreaterThan(BULK_CHECK_MAX_BYTES)
  expect(again.info()).toMatchObject({ damage: [], readOnly: false })
  expect(again.samples('r', 'p1').latenciesMs).toEqual(latenciesMs)
  expect(() => again.samples('r', 'p2')).toThrow(expect.objectContaining({ code: 'SESSION_DAMAGED' }))
  again.close()
})
