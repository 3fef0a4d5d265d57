import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { GpuSeries } from '#domain/gpu-series.ts'
import { createSession, openSession } from '../../src-main/session/open.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { APP, aLayerTable, aRun, writeSession } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const aGpuSeries = (): GpuSeries => ({
  index: 0,
  name: 'H100',
  source: 'nvidia-smi 570',
  everyMs: 200,
  startedAt: '2026-01-01T00:00:00.000Z',
  samples: [{ atMs: 1, powerW: 70 }],
})
const layers = (name: string, seed: number) => ({ kind: 'layers', name, data: aLayerTable(seed) }) as const

test('attachments come back as they were given, of one kind where asked; one of the same name is replaced', () => {
  const path = join(tempFolder(), 'a.bscope')
  const session = createSession(path, APP)
  for (const id of ['with', 'without']) session.insertRun(aRun(id))
  session.attach('with', layers('p0', 1))
  session.attach('with', { kind: 'gpu', name: 'p0', data: aGpuSeries() })
  session.attach('with', layers('p1', 2))
  session.attach('with', layers('p1', 3))
  session.close()
  const reader = openSession(path, { ...APP, readOnly: true })
  expect(reader.info().damage).toEqual([])
  expect(reader.attachments('with', 'layers')).toEqual([layers('p0', 1), layers('p1', 3)])
  expect(reader.attachments('with')).toHaveLength(3)
  expect(reader.attachments('without')).toEqual([])
  reader.close()
})

test('an attachment whose row vanished is said, the others stay, and a saved copy is sound', () => {
  const path = join(tempFolder(), 'a.bscope')
  writeSession(path)
  const writer = openSession(path, APP)
  writer.attach('r1', layers('second', 5))
  writer.close()
  const db = new SqlDatabase(path)
  db.run("DELETE FROM attachment WHERE name = 'p0' AND run_seq = (SELECT seq FROM run WHERE id = 'r1')")
  db.close()
  const session = openSession(path, APP)
  expect(session.info().damage.join(' ')).toContain('Run “Run r1”: 1 of 2 attachments lost.')
  expect(session.attachments('r1')).toEqual([layers('second', 5)])
  expect(session.attachments('r0')).toEqual([layers('p0', 0)])
  const copy = join(tempFolder(), 'copy.bscope')
  session.copyTo(copy)
  session.close()
  const saved = openSession(copy, APP)
  expect(saved.info().damage).toEqual([])
  expect(saved.info().notes).toContain('1 of 2 attachments lost')
  saved.close()
})
