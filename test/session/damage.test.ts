import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import type { Run } from '#domain/run.ts'
import { seededRandom } from '#stats/random.ts'
import { openSession } from '../../src-main/session/open.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { APP, type Content, contentOf, hashOf, readContent, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** Codes that say in one sentence that the file can't be used. */
const CLEAR = ['NOT_A_SESSION', 'SESSION_DAMAGED', 'SESSION_NEWER']

/** Random bits flipped besides one in each byte of the header; BATCHSCOPE_FLIPS=5000 for a thorough run. */
const FLIPS = Number(process.env.BATCHSCOPE_FLIPS ?? 150)

let folder: string
let sound: Buffer
let whole: Content

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchscope-test-'))
  const path = join(folder, 'sound.bscope')
  writeSession(path)
  sound = readFileSync(path)
  whole = readContent(path)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Outcome = 'whole' | 'said' | 'refused'

/** Opens the bytes as a user would, for writing, and checks that nothing wrong is shown and nothing is written. */
function openDamaged(bytes: Buffer): Outcome {
  const own = mkdtempSync(join(folder, 'case-'))
  const path = join(own, 'a.bscope')
  writeFileSync(path, bytes)
  const before = hashOf(path)
  const outcome = lookAt(path)
  expect(hashOf(path)).toBe(before)
  expect(readdirSync(own)).toEqual(['a.bscope'])
  rmSync(own, { recursive: true })
  return outcome
}

function lookAt(path: string): Outcome {
  let session: ReturnType<typeof openSession>
  try {
    session = openSession(path, APP)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(EngineError)
    if (thrown instanceof EngineError) expect(CLEAR).toContain(thrown.code)
    return 'refused'
  }
  try {
    const { damage, readOnly, readOnlyReason } = session.info()
    const content = contentOf(session)
    if (damage.length === 0) {
      expect(content).toEqual(whole)
      return 'whole'
    }
    expect(readOnly).toBe(true)
    expect(readOnlyReason).toMatch(/The file is damaged/)
    expectPartOf(content)
    return 'said'
  } finally {
    session.close()
  }
}

/** Every number that is shown is one that was written. */
function expectPartOf(content: Content): void {
  for (const run of content.runs) {
    const original = whole.runs.find(other => other.id === run.id)
    expect(withoutPoints(run)).toEqual(original && withoutPoints(original))
    for (const point of run.points) expect(original?.points).toContainEqual(point)
  }
  for (const [key, samples] of Object.entries(content.samples)) {
    if (samples !== 'lost') expect(samples).toEqual(whole.samples[key])
  }
  for (const [key, trace] of Object.entries(content.traces)) {
    if (trace !== 'lost') expect(trace).toEqual(whole.traces[key])
  }
}

function withoutPoints({ points: _, pointCount: _count, best: _best, ...run }: Run): unknown {
  return run
}

test('cut anywhere, a session says so or shows only what was written, and is not changed', () => {
  const random = seededRandom(1)
  const lengths = [1, 15, 16, 50, 99, 100, 511, 512, sound.length - 1, sound.length - 4096]
  for (let i = 0; i < 40; i++) lengths.push(Math.floor(random.uniform() * sound.length))
  const outcomes = lengths.map(length => openDamaged(sound.subarray(0, length)))
  expect(outcomes).not.toContain('whole')
  // Most of a long enough piece is recovered.
  expect(outcomes.filter(outcome => outcome === 'said').length).toBeGreaterThan(15)
}, 60_000)

test('with the last page cut off, the runs are still there', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeFileSync(path, sound)
  truncateSync(path, sound.length - 4096)
  const session = openSession(path, APP)
  expect(session.info().damage[0]).toBe(
    `The file is cut off: ${sound.length - 4096} of ${sound.length} bytes are there.`,
  )
  expect(session.runs()).toHaveLength(3)
  session.close()
})

test('a flipped bit anywhere is noticed, or changes nothing that is shown', () => {
  const random = seededRandom(2)
  const offsets = Array.from({ length: 100 }, (_, i) => i)
  for (let i = 0; i < FLIPS; i++) offsets.push(Math.floor(random.uniform() * sound.length))
  const outcomes = offsets.map(offset => {
    const bytes = Buffer.from(sound)
    bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << Math.floor(random.uniform() * 8)), offset)
    return openDamaged(bytes)
  })
  for (const outcome of ['whole', 'said', 'refused']) expect(outcomes).toContain(outcome)
}, 60_000)

test('a flipped bit in a figure loses that point, and says which run', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeFileSync(path, sound)
  const db = new SqlDatabase(path)
  db.exec("UPDATE point SET p50_ms = p50_ms + 0.25 WHERE id = 'p1' AND run_seq = 2")
  db.close()
  const session = openSession(path, APP)
  expect(session.info().damage).toContain('Run “Run r1”: 1 of 3 points lost.')
  expect(session.run('r1').points.map(point => point.id)).toEqual(['p0', 'p2'])
  session.close()
})

test('damaged samples cost the samples, not the figures', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeFileSync(path, sound)
  const db = new SqlDatabase(path)
  db.exec('UPDATE sample SET warmup = 6 WHERE point_seq = 5')
  db.close()
  const session = openSession(path, APP)
  expect(session.info().damage).toContain('Run “Run r1”: the raw samples of 1 point are lost, their figures are there.')
  expect(session.run('r1').points).toHaveLength(3)
  expect(() => session.samples('r1', 'p1')).toThrow(expect.objectContaining({ code: 'SESSION_DAMAGED' }))
  session.close()
})

test('a saved copy of a damaged session is sound, and tells of the loss', () => {
  const own = tempFolder()
  const [path, copy] = [join(own, 'a.bscope'), join(own, 'copy.bscope')]
  writeFileSync(path, sound)
  const db = new SqlDatabase(path)
  db.exec("UPDATE run SET title = 'forged' WHERE id = 'r0'")
  db.exec('DELETE FROM sample WHERE point_seq = 5')
  db.close()
  const damaged = openSession(path, APP)
  damaged.copyTo(copy)
  damaged.close()
  const session = openSession(copy, APP)
  expect(session.info()).toMatchObject({ readOnly: false, damage: [] })
  expect(session.info().notes).toMatch(/^Recovered from a damaged file\. 1 run lost\./)
  expect(session.runs().map(run => run.id)).toEqual(['r1', 'r2'])
  session.close()
})

test('rows that vanished are missed', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeFileSync(path, sound)
  const db = new SqlDatabase(path)
  db.exec("DELETE FROM run WHERE id = 'r2'")
  db.exec("DELETE FROM point WHERE id = 'p0' AND run_seq = 1")
  db.close()
  const session = openSession(path, APP)
  expect(session.info().damage).toEqual(expect.arrayContaining(['1 run lost.', 'Run “Run r0”: 1 of 3 points lost.']))
  session.close()
})

test('a file that brings triggers or views is not trusted with writing', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeFileSync(path, sound)
  const db = new SqlDatabase(path)
  db.exec('CREATE TRIGGER t AFTER UPDATE ON session BEGIN DELETE FROM run; END')
  db.close()
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({ readOnly: true })
  expect(session.info().damage[0]).toMatch(/definitions of the tables/)
  expect(contentOf(session)).toEqual(whole)
  session.close()
})

test.each([
  ['an empty file', Buffer.alloc(0), 'NOT_A_SESSION', 'a.bscope is empty (0 bytes)'],
  [
    'a text file',
    Buffer.from('batch,latency\n1,2.5\n'),
    'NOT_A_SESSION',
    'a.bscope is not a session: it is a text file',
  ],
  ['zeros', Buffer.alloc(5000), 'NOT_A_SESSION', 'a.bscope is not a session'],
  [
    'the start of one',
    Buffer.from('SQLite format 3\0'),
    'SESSION_DAMAGED',
    'a.bscope is damaged at its very beginning',
  ],
])('%s is refused in a clear sentence and left alone', (_, bytes, code, message) => {
  const path = join(tempFolder(), 'a.bscope')
  writeFileSync(path, bytes)
  for (const readOnly of [true, false]) {
    expect(() => openSession(path, { ...APP, readOnly })).toThrow(expect.objectContaining({ code, message }))
  }
  expect(readFileSync(path)).toEqual(bytes)
})

test('another SQLite database is refused by name', () => {
  const path = join(tempFolder(), 'report.sqlite')
  const db = new SqlDatabase(path, { create: true })
  db.exec('CREATE TABLE session (id INTEGER)')
  db.close()
  const before = hashOf(path)
  expect(() => openSession(path, APP)).toThrow('report.sqlite is a SQLite database, but not a session')
  expect(hashOf(path)).toBe(before)
})

test('a log of another file beside a session is ignored, named and kept', () => {
  const own = tempFolder()
  const [crashed, path] = [join(own, 'crashed.bscope'), join(own, 'a.bscope')]
  writeSession(crashed, 1)
  const writer = openSession(crashed, APP)
  writer.update({ notes: 'only in the log' })
  writeFileSync(path, sound)
  copyFileSync(`${crashed}-wal`, `${path}-wal`)
  writer.close()
  const before = [hashOf(path), hashOf(`${path}-wal`)]
  const session = openSession(path, APP)
  expect(session.info().damage[0]).toContain('a.bscope-wal, left by another one')
  expect(contentOf(session)).toEqual(whole)
  session.close()
  expect([hashOf(path), hashOf(`${path}-wal`)]).toEqual(before)
})

test('commits in the log of a crash that were damaged afterwards are missed; a torn last one is only remarked', () => {
  const own = tempFolder()
  const [live, path] = [join(own, 'live.bscope'), join(own, 'a.bscope')]
  writeFileSync(live, sound)
  const writer = openSession(live, APP)
  for (let i = 0; i < 4; i++) writer.update({ notes: `change ${i}` })
  const [main, log] = [readFileSync(live), readFileSync(`${live}-wal`)]
  writer.close()
  const openWith = (wal: Buffer) => {
    writeFileSync(path, main)
    writeFileSync(`${path}-wal`, wal)
    rmSync(`${path}-shm`, { force: true })
    const session = openSession(path, APP)
    const { damage, notes, readOnly } = session.info()
    session.close()
    return { damage, notes, readOnly }
  }
  const flipped = (offset: number) => {
    const wal = Buffer.from(log)
    wal.writeUInt8(wal.readUInt8(offset) ^ 1, offset)
    return wal
  }
  expect(openWith(log)).toEqual({ damage: [], notes: 'change 3', readOnly: false })
  const torn = openWith(flipped(log.length - 100))
  expect(torn).toMatchObject({ notes: 'change 2', readOnly: false })
  expect(torn.damage).toEqual(['The last change before a crash was not complete and is not there.'])
  for (const offset of [3, 18, 32 + 12, 32 + 24 + 100]) {
    const { damage, readOnly } = openWith(flipped(offset))
    expect(readOnly).toBe(true)
    expect(damage[0]).toMatch(/^4 changes before a crash can't be read/)
  }
})
