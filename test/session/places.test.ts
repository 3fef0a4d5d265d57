import { copyFileSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import { seededRandom } from '#stats/random.ts'
import { createSession, openSession } from '../../src-main/session/open.ts'
import type { SessionFile } from '../../src-main/session/session-file.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { mountTmpfs } from '../helpers/mounts.ts'
import { aPoint } from '../helpers/points.ts'
import { APP, aRun, contentOf, hashOf, holdInOtherProcess, readContent, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

test('on a read-only medium a session opens read-only and says so; nothing can be created there', ctx => {
  const medium = mountTmpfs(1024)
  if ('why' in medium) return ctx.skip(medium.why)
  const path = join(medium.folder, 'a.bscope')
  writeSession(path)
  const whole = readContent(path)
  medium.makeReadOnly()
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({
    readOnly: true,
    readOnlyReason: `The folder ${medium.folder} can't be written to, so nothing can be saved there.`,
    damage: [],
  })
  expect(contentOf(session)).toEqual(whole)
  expect(() => session.copyTo(join(medium.folder, 'b.bscope'))).toThrow(
    expect.objectContaining({ code: 'FILE_UNWRITABLE' }),
  )
  session.copyTo(join(tempFolder(), 'b.bscope'))
  session.close()
  expect(() => createSession(join(medium.folder, 'c.bscope'), APP)).toThrow(
    expect.objectContaining({ code: 'FILE_UNWRITABLE' }),
  )
  expect(readdirSync(medium.folder)).toEqual(['a.bscope'])
})

test('what a crash left on a read-only medium is read with its log, from a copy', async ctx => {
  const medium = mountTmpfs(1024)
  if ('why' in medium) return ctx.skip(medium.why)
  const path = join(medium.folder, 'a.bscope')
  writeSession(path, 1)
  const holder = await holdInOtherProcess(path)
  await holder.kill()
  rmSync(`${path}-shm`)
  medium.makeReadOnly()
  const before = [hashOf(path), hashOf(`${path}-wal`)]
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({ readOnly: true, damage: [] })
  expect(session.runs().at(-1)).toMatchObject({ id: `held-by-${holder.pid}`, status: 'interrupted', pointCount: 1 })
  session.close()
  expect([hashOf(path), hashOf(`${path}-wal`)]).toEqual(before)
}, 30_000)

test('where the lock cannot be made, the session opens read-only (double of a folder without write permission)', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path)
  mkdirSync(`${path}-lock`)
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({
    readOnly: true,
    readOnlyReason: expect.stringContaining("can't be written to"),
  })
  expect(session.runs()).toHaveLength(3)
  session.close()
})

test('a name that SQLite would trim is refused instead of making another file', () => {
  const folder = tempFolder()
  expect(() => createSession(join(folder, 'a.bscope '), APP)).toThrow(/white space/)
  expect(readdirSync(folder)).toEqual([])
})

test('a full disk is a typed error, loses nothing committed, and writing goes on when there is space', ctx => {
  const disk = mountTmpfs(1500)
  if ('why' in disk) return ctx.skip(disk.why)
  const path = join(disk.folder, 'a.bscope')
  const filler = join(disk.folder, 'filler')
  const session = createSession(path, APP)
  session.insertRun(aRun('r'))
  writeFileSync(filler, Buffer.alloc(500 * 1024))
  const committed = addUntilFull(session)
  expect(committed.length).toBeGreaterThan(3)
  expect(session.run('r').points).toEqual(committed)
  expect(() => session.copyTo(join(disk.folder, 'b.bscope'))).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  expect(() => createSession(join(disk.folder, 'c.bscope'), APP)).toThrow(
    expect.objectContaining({ code: 'DISK_FULL' }),
  )

  rmSync(filler)
  const late = aPoint(999, 1, { index: 999 })
  session.addPoint('r', late, incompressible(999))
  session.close()
  const again = openSession(path, APP)
  expect(again.info()).toMatchObject({ readOnly: false, damage: [] })
  expect(again.run('r').points).toEqual([...committed, late])
  for (const point of committed) expect(again.samples('r', point.id)).toEqual(incompressible(point.index))
  again.close()
  expect(readdirSync(disk.folder)).toEqual(['a.bscope'])
})

test('closed on a full disk, a session is whole when it is opened again, full or not', ctx => {
  const disk = mountTmpfs(1500)
  if ('why' in disk) return ctx.skip(disk.why)
  const path = join(disk.folder, 'a.bscope')
  const session = createSession(path, APP)
  session.insertRun(aRun('r'))
  const committed = addUntilFull(session)
  try {
    session.close()
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'DISK_FULL' })
  }
  fillUp(disk.folder)
  const full = openSession(path, APP)
  expect(full.run('r').points).toEqual(committed)
  closeQuietly(full)
  rmSync(join(disk.folder, 'fill'))
  const again = openSession(path, APP)
  expect(again.info().damage).toEqual([])
  expect(again.run('r').points).toEqual(committed)
  closeQuietly(again)
})

test('a quota double (max_page_count) is a full disk too', () => {
  const path = join(tempFolder(), 'a.bscope')
  copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'session', 'v2.bscope'), path)
  const db = new SqlDatabase(path)
  db.pragma(`max_page_count = ${Number(db.pragma('page_count')) + 2}`)
  expect(() => db.run('CREATE TABLE t AS SELECT zeroblob(100000) AS data')).toThrow(
    expect.objectContaining({ code: 'DISK_FULL' }),
  )
  db.close()
  expect(readContent(path).runs).toHaveLength(1)
})

function incompressible(seed: number) {
  const random = seededRandom(seed)
  return { warmup: 0, latenciesMs: Float64Array.from({ length: 5000 }, () => random.uniform()) }
}

/** @returns the points whose `addPoint` returned */
function addUntilFull(session: SessionFile): Point[] {
  const committed: Point[] = []
  for (let index = 0; ; index++) {
    const point = aPoint(index + 1, 1, { index })
    try {
      session.addPoint('r', point, incompressible(index))
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'DISK_FULL' })
      return committed
    }
    committed.push(point)
  }
}

function fillUp(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(join(folder, 'fill'), Buffer.alloc(bavail * bsize))
}

/** A full disk may keep the log from being worked in; that it says so is tested above. */
function closeQuietly(session: SessionFile): void {
  try {
    session.close()
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'DISK_FULL' })
  }
}
