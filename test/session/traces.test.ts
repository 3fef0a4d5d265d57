import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSession, openSession } from '../../src-main/session/open.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { aTrace } from '../helpers/kept-trace.ts'
import { APP, aRun, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

test('a trace comes back as it was given, a later one replaces it, and the list of runs says which has one', () => {
  const path = join(tempFolder(), 'a.bscope')
  const session = createSession(path, APP)
  for (const id of ['with', 'without']) session.insertRun(aRun(id))
  const hostile = 'void k<"\u202e\ud800\0>()'
  session.setTrace('with', aTrace({ spanNs: 5 }))
  session.setTrace('with', aTrace({ spanNs: 7, notices: [hostile] }))
  session.close()
  const reader = openSession(path, { ...APP, readOnly: true })
  expect(reader.info().damage).toEqual([])
  expect(reader.trace('with')).toEqual(aTrace({ spanNs: 7, notices: [hostile] }))
  expect(reader.traceSummary('with')?.spanNs).toBe(7)
  expect(reader.runs().map(({ id, hasTrace }) => [id, hasTrace])).toEqual([
    ['with', true],
    ['without', undefined],
  ])
  expect(reader.traceSummary('without')).toBeUndefined()
  expect(() => reader.trace('without')).toThrow('This run has no trace')
  reader.close()
})

test('a trace whose row vanished is said, and a saved copy says so too', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path)
  const db = new SqlDatabase(path)
  db.run("DELETE FROM trace WHERE run_seq = (SELECT seq FROM run WHERE id = 'r1')")
  db.close()
  const session = openSession(path, APP)
  expect(session.info().damage.join(' ')).toContain('Run “Run r1”: its trace is lost.')
  expect(session.trace('r0').summary.spanNs).toBe(1e9)
  expect(() => session.trace('r1')).toThrow('The trace of this run is damaged')
  const copy = join(tempFolder(), 'copy.bscope')
  session.copyTo(copy)
  session.close()
  const saved = openSession(copy, APP)
  expect(saved.info().damage).toEqual([])
  expect(saved.info().notes).toContain('its trace is lost')
  expect(() => saved.traceSummary('r1')).toThrow('The trace of this run is damaged')
  saved.close()
})

test('a deleted run takes its trace along when the file is compacted', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path)
  const session = openSession(path, APP)
  session.deleteRun('r0')
  session.compact()
  session.close()
  const db = new SqlDatabase(path, { readOnly: true })
  expect([...db.rawRows('SELECT run_seq FROM trace')]).toHaveLength(2)
  db.close()
})
