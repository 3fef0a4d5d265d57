import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { updateRow } from '../../src-main/session/checked-row.ts'
import { openSession } from '../../src-main/session/open.ts'
import { acquireWriterLock, currentHolder } from '../../src-main/session/writer-lock.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { APP, holdInOtherProcess, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

function sessionPath(): string {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path, 1)
  return path
}

test('a second process gets read-only and is told who holds the session, and sees what is written meanwhile', async () => {
  const path = sessionPath()
  const holder = await holdInOtherProcess(path)
  const session = openSession(path, APP)
  const { readOnly, readOnlyReason, lockedBy } = session.info()
  expect({ readOnly, lockedBy }).toMatchObject({
    readOnly: true,
    lockedBy: { pid: holder.pid, host: hostname(), app: 'Batchscope 0.1.0' },
  })
  expect(readOnlyReason).toContain(`Held by Batchscope 0.1.0 on ${hostname()} (process ${holder.pid})`)
  const running = session.runs().find(run => run.id === `held-by-${holder.pid}`)
  expect(running).toMatchObject({ status: 'running', pointCount: 1 })

  await holder.close()
  expect(session.runs().find(run => run.id === `held-by-${holder.pid}`)?.status).toBe('interrupted')
  session.close()
  const next = openSession(path, APP)
  expect(next.readOnly).toBe(false)
  next.close()
  expect(readdirSync(join(path, '..'))).toEqual(['a.bscope'])
}, 30_000)

test('kill -9 frees the session at once: what was committed is there, the run is interrupted', async () => {
  const path = sessionPath()
  const holder = await holdInOtherProcess(path)
  await holder.kill()
  expect(existsSync(`${path}-lock`)).toBe(true)
  expect(currentHolder(path)).toBeUndefined()
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({ readOnly: false, damage: [] })
  expect(session.runs().at(-1)).toMatchObject({ status: 'interrupted', pointCount: 1 })
  session.close()
  expect(readdirSync(join(path, '..'))).toEqual(['a.bscope'])
}, 30_000)

test('of many processes that open at once, exactly one writes', async () => {
  const path = sessionPath()
  const holders = await Promise.all(Array.from({ length: 5 }, () => holdInOtherProcess(path)))
  expect(holders.filter(holder => !holder.readOnly)).toHaveLength(1)
  await Promise.all(holders.map(holder => holder.close()))
}, 60_000)

test('a session held on another machine is read from a copy made at that moment', () => {
  const path = sessionPath()
  const lock = new SqlDatabase(`${path}-lock`, { create: true })
  lock.exec('CREATE TABLE holder (pid INTEGER, host TEXT, app TEXT, since TEXT, token TEXT) STRICT')
  lock.run('INSERT INTO holder VALUES (?, ?, ?, ?, ?)', 4711, 'lab-7', 'Batchscope 0.1.0', '2026-01-01', 'x')
  lock.exec('BEGIN IMMEDIATE')
  const writer = new SqlDatabase(path)
  writer.pragma('journal_mode = WAL')
  const { notes, ...row } = writer.rawRow('SELECT * FROM session') ?? {}
  updateRow(writer, 'session', 'id', { ...row, notes: `${notes}only in the log` })
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({ readOnly: true, lockedBy: { pid: 4711, host: 'lab-7' } })
  expect(session.info().readOnlyReason).toBe('Held by Batchscope 0.1.0 on lab-7 (process 4711) since 2026-01-01.')
  expect(session.info()).toMatchObject({ notes: 'only in the log', damage: [] })
  expect(session.runs()).toHaveLength(1)
  session.close()
  writer.close()
  lock.close()
})

test('in one process too, the second opener reads only', () => {
  const path = sessionPath()
  const first = openSession(path, APP)
  const second = openSession(path, APP)
  expect([first.readOnly, second.readOnly]).toEqual([false, true])
  second.close()
  first.update({ notes: 'still mine' })
  expect(openedReadOnly(path)).toBe(true)
  first.close()
  expect(openedReadOnly(path)).toBe(false)
})

test('a lock file that was deleted under its holder is not taken for the lock, and the new one not for the old', () => {
  const path = sessionPath()
  const mine = acquireWriterLock(path, 'first')
  rmSync(`${path}-lock`)
  const other = acquireWriterLock(path, 'second')
  expect(mine).toHaveProperty('lock')
  expect(other).toHaveProperty('lock')
  expect(currentHolder(path)?.app).toBe('second')
  if ('lock' in mine) mine.lock.release()
  expect(currentHolder(path)?.app).toBe('second')
  if ('lock' in other) other.lock.release()
  expect(existsSync(`${path}-lock`)).toBe(false)
})

test('something else under the name of the lock is not removed, but named', () => {
  const path = sessionPath()
  writeFileSync(
    `${path}-lock`,
    'a file of the user that happens to have this name, longer than a header of SQLite '.repeat(3),
  )
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({ readOnly: true })
  expect(session.info().readOnlyReason).toContain('a.bscope-lock is not a lock that can be used')
  session.close()
  expect(existsSync(`${path}-lock`)).toBe(true)
})

test('looking at a session that nobody holds leaves no lock behind', () => {
  const path = sessionPath()
  openSession(path, { ...APP, readOnly: true }).close()
  expect(readdirSync(join(path, '..'))).toEqual(['a.bscope'])
})

function openedReadOnly(path: string): boolean {
  const session = openSession(path, APP)
  session.close()
  return session.readOnly
}
