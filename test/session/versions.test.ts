import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { updateRow } from '../../src-main/session/checked-row.ts'
import { FORMAT_VERSION } from '../../src-main/session/format.ts'
import { openSession } from '../../src-main/session/open.ts'
import { schemaCrc } from '../../src-main/session/schema.ts'
import { SqlDatabase, type SqlRow } from '../../src-main/sqlite.ts'
import { aTrace } from '../helpers/kept-trace.ts'
import { APP, aLayerTable, hashOf, readContent, someSamples, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'session')
const versions = Array.from({ length: FORMAT_VERSION }, (_, index) => index + 1)

function fixture(version: number): string {
  const path = join(tempFolder(), 'old.bscope')
  copyFileSync(join(FIXTURES, `v${version}.bscope`), path)
  return path
}

test('there is a file of every version', () => {
  const files = readdirSync(FIXTURES).filter(name => name.endsWith('.bscope'))
  expect(files).toEqual(versions.map(version => `v${version}.bscope`))
})

test.each(versions)('a file of version %i opens for writing, is brought up to date and keeps everything', version => {
  const path = fixture(version)
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({
    name: `Made in version ${version}`,
    notes: 'kept',
    readOnly: false,
    damage: [],
  })
  expect(session.runs()).toMatchObject([
    { id: 'old', status: 'interrupted', modelName: 'm.onnx', pointCount: 2, best: { batch: 8, inferPerSec: 800 } },
  ])
  expect(session.samples('old', 'p8')).toEqual(someSamples(1))
  // What later versions brought works in it.
  session.addLog('old', [{ atMs: 0, stream: 'app', text: 'new' }])
  session.setTrace('old', aTrace())
  session.attach('old', { kind: 'layers', name: 'new', data: aLayerTable(7) })
  session.deleteRun('old')
  session.restoreRun('old')
  session.close()
  const again = openSession(path, { ...APP, readOnly: true })
  expect(again.info()).toMatchObject({ damage: [], appVersion: '0.1.0' })
  expect(again.log('old')).toHaveLength(1)
  expect(again.trace('old')).toEqual(aTrace())
  expect(again.attachments('old').at(-1)?.data).toEqual(aLayerTable(7))
  again.close()
  expect(readdirSync(join(path, '..'))).toEqual(['old.bscope'])
})

test.each(versions)('a file of version %i opens read-only without being changed', version => {
  const path = fixture(version)
  const before = hashOf(path)
  const content = readContent(path)
  expect(content.runs[0]).toMatchObject({ id: 'old', points: [{ batch: 1 }, { batch: 8 }] })
  expect(content.samples['old/p1']).toEqual([...someSamples(0).latenciesMs])
  expect(hashOf(path)).toBe(before)
  expect(readdirSync(join(path, '..'))).toEqual(['old.bscope'])
})

/** A file as a later version might leave it. */
function fromTheFuture(change: SqlRow): string {
  const path = join(tempFolder(), 'new.bscope')
  writeSession(path)
  const db = new SqlDatabase(path)
  db.exec('ALTER TABLE point ADD COLUMN energy_mj REAL; CREATE TABLE energy (seq INTEGER PRIMARY KEY) STRICT')
  db.pragma('user_version = 9')
  const row = db.rawRow('SELECT * FROM session') ?? {}
  updateRow(db, 'session', 'id', { ...row, app_version: '4.2.0', format: 9, schema_crc: schemaCrc(db), ...change })
  db.close()
  return path
}

test('a newer file that lets this version read opens read-only and says who made it', () => {
  const path = fromTheFuture({ reader_format: FORMAT_VERSION, reader_app: '0.1.0' })
  const before = hashOf(path)
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({
    readOnly: true,
    readOnlyReason: 'Made by Batchscope 4.2.0 (session format 9), opens read-only in 0.1.0.',
    damage: [],
  })
  expect(session.runs()).toHaveLength(3)
  expect(session.samples('r1', 'p1')).toEqual(someSamples(11))
  session.close()
  expect(hashOf(path)).toBe(before)
  expect(readdirSync(join(path, '..'))).toEqual(['new.bscope'])
})

test('a newer file that needs a newer reader is refused, with the version that reads it', () => {
  const path = fromTheFuture({ reader_format: FORMAT_VERSION + 1, reader_app: '3.0.0' })
  const before = hashOf(path)
  expect(() => openSession(path, APP)).toThrow(
    expect.objectContaining({
      code: 'SESSION_NEWER',
      message: 'Made by Batchscope 4.2.0, opens read-only from 3.0.0; this is 0.1.0',
    }),
  )
  expect(hashOf(path)).toBe(before)
  expect(readdirSync(join(path, '..'))).toEqual(['new.bscope'])
})

test('a newer file is recovered too when it is damaged, as far as this version knows its tables', () => {
  const path = fromTheFuture({ reader_format: FORMAT_VERSION, reader_app: '0.1.0' })
  const db = new SqlDatabase(path)
  db.exec("UPDATE point SET batch = 5 WHERE id = 'p1' AND run_seq = 1")
  db.close()
  const session = openSession(path, APP)
  expect(session.info().damage).toContain('Run “Run r0”: 1 of 3 points lost.')
  expect(session.runs().map(run => run.pointCount)).toEqual([2, 3, 3])
  session.close()
})
