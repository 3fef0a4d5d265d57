import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Passport } from '#domain/passport.ts'
import { createSession, openSession } from '../../src-main/session/open.ts'
import { aPoint } from '../helpers/points.ts'
import { APP, aRun, contentOf, hashOf, readContent, someSamples, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const passport = (cpu: Passport['cpu'], gpu: Passport['gpu'] = {}): Passport => ({
  command: {},
  app: {},
  model: {},
  runtime: {},
  method: {},
  cpu,
  memory: {},
  gpu,
  os: {},
  time: {},
})

test('everything written is there after closing and opening again, samples bit by bit', () => {
  const path = join(tempFolder(), 'a.bscope')
  const session = createSession(path, APP)
  session.update({ name: 'Nightly', notes: 'two\nlines' })
  session.insertRun(aRun('r', { subtitle: 'CPU', notices: [{ level: 'warning', text: 'careful' }] }))
  const samples = { warmup: 1, latenciesMs: Float64Array.of(1.5, Number.MIN_VALUE, 1e300, 0.1) }
  const point = aPoint(4, 2, {
    boundsMs: { p50: { lowerMs: 1, needsSamples: 6 } },
    overhead: { clockUs: 0.05 },
    coreToCoreNs: { before: 100 },
    shapes: { x: [4, 3] },
    flags: ['few-samples', 'a-flag-of-tomorrow'],
  })
  session.addPoint('r', point, samples)
  session.addPoint('r', aPoint(8, 2, { index: 1, status: 'failed', error: { code: 'TIMEOUT', message: 'late' } }))
  session.addLog('r', [{ atMs: 0, stream: 'stdout', text: 'one' }])
  session.addLog('r', [{ atMs: 1, stream: 'stderr', text: 'two' }])
  session.updateRun('r', {
    status: 'done',
    startedAt: '2026-01-01T00:00:01.000Z',
    endedAt: '2026-01-01T00:00:02.000Z',
    error: { code: 'INTERNAL', message: 'oops', where: '<img src=x onerror=alert(1)>' },
    findings: [{ rule: 'x', title: 'X', verdict: 'cannot-tell', statement: 's', evidence: [], next: [] }],
  })
  const before = { info: session.info(), run: session.run('r'), runs: session.runs(), log: session.log('r') }
  session.close()

  const again = openSession(path, APP)
  expect({ info: again.info(), run: again.run('r'), runs: again.runs(), log: again.log('r') }).toEqual({
    ...before,
    info: { ...before.info, bytes: statSync(path).size },
  })
  expect(again.info()).toMatchObject({ name: 'Nightly', notes: 'two\nlines', appVersion: '0.1.0', readOnly: false })
  expect(again.run('r').points[0]).toEqual(point)
  expect(again.samples('r', 'p4')).toEqual(samples)
  expect(again.log('r').map(line => line.text)).toEqual(['one', 'two'])
  expect(() => again.samples('r', 'p8')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  again.close()
})

test('summaries count points, name the best one that did not fail, and the device', () => {
  const session = createSession(join(tempFolder(), 'a.bscope'), APP)
  session.insertRun(aRun('cpu', { passport: passport({ model: 'Some CPU' }) }))
  session.addPoint('cpu', aPoint(1, 1, { id: 'a', inferPerSec: 100 }))
  session.addPoint('cpu', aPoint(8, 1, { id: 'b', inferPerSec: 250 }))
  session.addPoint('cpu', aPoint(16, 1, { id: 'c', inferPerSec: 999, status: 'failed' }))
  session.insertRun(aRun('gpu', { passport: passport({ model: 'Some CPU' }, { gpu1Name: 'Some GPU' }) }))
  session.addPoint('gpu', aPoint(1, 1, { device: 'cuda:1' }))
  session.insertRun(aRun('bare'))
  session.addPoint('bare', aPoint(1, 1))
  expect(session.runs()).toMatchObject([
    {
      pointCount: 3,
      failedPointCount: 1,
      best: { inferPerSec: 250, batch: 8, runtime: 'ort-cpu' },
      device: 'Some CPU',
    },
    { pointCount: 1, device: 'Some GPU' },
    { device: 'cpu' },
  ])
  expect(session.runSummary('cpu')).toEqual(session.runs()[0])
  session.close()
})

test('a closed session is one file, and opening it to look changes no byte', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path)
  expect(readdirSync(join(path, '..'))).toEqual(['a.bscope'])
  const before = hashOf(path)
  const session = openSession(path, APP)
  contentOf(session)
  expect(session.readOnly).toBe(false)
  session.close()
  session.close()
  expect(hashOf(path)).toBe(before)
  expect(readdirSync(join(path, '..'))).toEqual(['a.bscope'])
})

test('the file is recognised by its application id, as docs/session-format.md says', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path, 0)
  const head = readFileSync(path)
  expect(head.readUInt32BE(68).toString(16)).toBe('42536370') // "BScp"
  expect(head.readUInt32BE(60)).toBe(4)
})

test.each([
  'it\'s "quoted" $(x).bscope',
  'new\nline.bscope',
  '🚀 名前.bscope',
  '<img onerror=x>.bscope',
  '%41?#&.bscope',
])('the name %j works, with everything beside it', name => {
  const folder = tempFolder()
  const path = join(folder, name)
  writeSession(path, 1)
  const session = openSession(path, APP)
  session.update({ notes: 'x' })
  session.copyTo(join(folder, `copy ${name}`))
  expect(session.info().name).toBe(basename(name, '.bscope'))
  session.close()
  expect(readdirSync(folder).toSorted()).toEqual([name, `copy ${name}`].toSorted())
})

test('a deleted run is hidden, comes back with everything, and is gone after compacting', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path, 2)
  const session = openSession(path, APP)
  const whole = session.run('r0')
  session.deleteRun('r0')
  expect(session.runs().map(run => run.id)).toEqual(['r1'])
  expect(() => session.run('r0')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  expect(() => session.samples('r0', 'p0')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  session.restoreRun('r0')
  expect(session.run('r0')).toEqual(whole)

  session.addPoint('r0', aPoint(64, 1, { id: 'big' }), someSamples(1, 100_000))
  session.deleteRun('r0')
  const { bytesBefore, bytesAfter } = session.compact()
  expect(bytesAfter).toBeLessThan(bytesBefore / 4)
  expect(() => session.restoreRun('r0')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  session.close()
  expect(readContent(path).runs.map(run => run.id)).toEqual(['r1'])
})

test('runs that were going when the file was closed or its writer died open as interrupted, points kept', () => {
  const path = join(tempFolder(), 'a.bscope')
  const session = createSession(path, APP)
  session.insertRun(aRun('queued'))
  session.insertRun(aRun('running'))
  session.updateRun('running', { status: 'running' })
  session.addPoint('running', aPoint(1, 1))
  expect(session.runs().map(run => run.status)).toEqual(['queued', 'running'])
  session.close()

  const looking = openSession(path, { ...APP, readOnly: true })
  expect(looking.runs().map(run => run.status)).toEqual(['interrupted', 'interrupted'])
  expect(looking.run('running')).toMatchObject({ status: 'interrupted', points: [{ batch: 1 }] })
  looking.close()
  const writing = openSession(path, APP)
  expect(writing.runs().map(run => run.status)).toEqual(['interrupted', 'interrupted'])
  expect(writing.run('running').points).toHaveLength(1)
  writing.close()
})

test('a copy is whole, opens on its own, and overwrites only when asked', () => {
  const folder = tempFolder()
  const [path, copy] = [join(folder, 'a.bscope'), join(folder, 'b.bscope')]
  writeSession(path)
  const session = openSession(path, APP)
  session.update({ notes: 'before the copy' })
  session.copyTo(copy)
  session.update({ notes: 'after the copy' })
  expect(() => session.copyTo(copy)).toThrow(expect.objectContaining({ code: 'FILE_EXISTS' }))
  session.copyTo(copy, { overwrite: true })
  expect(() => session.copyTo(join(folder, 'no such folder', 'c.bscope'))).toThrow(
    expect.objectContaining({ code: 'FILE_UNWRITABLE' }),
  )
  session.close()
  const copied = openSession(copy, APP)
  expect(copied.info()).toMatchObject({ name: 'b', notes: 'after the copy', readOnly: false })
  copied.close()
  expect(readContent(copy)).toEqual(readContent(path))
  expect(readdirSync(folder).toSorted()).toEqual(['a.bscope', 'b.bscope'])
})

test('a session that is open is not overwritten by a copy, not even by its own', () => {
  const folder = tempFolder()
  const [path, other] = [join(folder, 'a.bscope'), join(folder, 'b.bscope')]
  writeSession(path)
  writeSession(other)
  const [session, open] = [openSession(path, APP), openSession(other, APP)]
  for (const target of [other, path]) {
    expect(() => session.copyTo(target, { overwrite: true })).toThrow(/Held by Batchscope 0.1.0/)
  }
  open.close()
  session.close()
})

test('the log that a crash left beside the old file is not applied to the file that replaces it', () => {
  const folder = tempFolder()
  const [path, target] = [join(folder, 'a.bscope'), join(folder, 'old.bscope')]
  writeSession(path)
  writeSession(target)
  writeFileSync(`${target}-wal`, 'left over')
  const session = openSession(path, APP)
  session.copyTo(target, { overwrite: true })
  session.close()
  expect(existsSync(`${target}-wal`)).toBe(false)
  expect(readContent(target)).toEqual(readContent(path))
})

test('what a killed writer left unfinished goes a day later, not earlier', () => {
  const folder = tempFolder()
  for (const [name, ageMs] of [
    ['old', 25 * 3_600_000],
    ['young', 1000],
  ] as const) {
    const path = join(folder, `.batchscope-unfinished-${name}`)
    writeFileSync(path, 'x')
    utimesSync(path, new Date(), new Date(Date.now() - ageMs))
  }
  createSession(join(folder, 'a.bscope'), APP).close()
  expect(readdirSync(folder).toSorted()).toEqual(['.batchscope-unfinished-young', 'a.bscope'])
})

test('creating refuses a taken name and a folder that is not there', () => {
  const folder = tempFolder()
  const path = join(folder, 'a.bscope')
  writeFileSync(path, 'mine')
  expect(() => createSession(path, APP)).toThrow(expect.objectContaining({ code: 'FILE_EXISTS' }))
  expect(() => createSession(join(folder, 'x', 'a.bscope'), APP)).toThrow(
    expect.objectContaining({ code: 'FILE_UNWRITABLE' }),
  )
  expect(() => createSession(join(folder, `${'n'.repeat(245)}.bscope`), APP)).toThrow(/too long/)
  expect(readdirSync(folder)).toEqual(['a.bscope'])
})

test('opening what is not there or not a file says so', () => {
  const folder = tempFolder()
  mkdirSync(join(folder, 'folder.bscope'))
  expect(() => openSession(join(folder, 'no.bscope'), APP)).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }))
  expect(() => openSession(join(folder, 'folder.bscope'), APP)).toThrow(/is not a file/)
})

test('a session opened read-only refuses writing and says why', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path)
  const session = openSession(path, { ...APP, readOnly: true })
  expect(session.info()).toMatchObject({ readOnly: true, readOnlyReason: 'Opened read-only.' })
  expect(() => session.update({ name: 'x' })).toThrow(expect.objectContaining({ code: 'SESSION_READ_ONLY' }))
  session.close()
})
