import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheFolder, dataFolder, defaultSessionFolder } from '../../src-main/user-data/paths.ts'
import { RecentSessions } from '../../src-main/user-data/recent-sessions.ts'
import { SettingsFile } from '../../src-main/user-data/settings-file.ts'
import { safeFileName, Uploads } from '../../src-main/user-data/uploads.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

test('a change keeps the other settings, and keys of a newer version', () => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'settings.json'), '{"theme":"dark","futureKey":[1]}')
  const settings = new SettingsFile(folder)
  expect(settings.set({ memoryUnit: 'MB' })).toMatchObject({ theme: 'dark', memoryUnit: 'MB' })
  expect(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))).toMatchObject({
    futureKey: [1],
    theme: 'dark',
  })
})

test('an empty session folder means back to the default one', () => {
  const settings = new SettingsFile(tempFolder())
  expect(settings.set({ sessionFolder: '/x' }).sessionFolder).toBe('/x')
  expect(settings.set({ sessionFolder: '' }).sessionFolder).toBeUndefined()
})

test.each([
  '{"theme": "da',
  '{"theme":"purple"}',
  '[]',
])('settings that do not fit (%s) are set aside, not lost', text => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'settings.json'), text)
  expect(new SettingsFile(folder).get().theme).toBe('system')
  const [aside = ''] = readdirSync(folder)
  expect(aside).toMatch(/^settings\.broken-/)
  expect(readFileSync(join(folder, aside), 'utf8')).toBe(text)
})

test('one setting that does not fit costs only itself, and is said', () => {
  const folder = tempFolder()
  writeFileSync(join(folder, 'settings.json'), '{"theme":"purple","memoryUnit":"MB","futureKey":1}')
  const settings = new SettingsFile(folder)
  expect(settings.get()).toMatchObject({ theme: 'system', memoryUnit: 'MB' })
  expect(settings.get()).toMatchObject({ memoryUnit: 'MB' })
  const names = readdirSync(folder)
  expect(names).toHaveLength(2)
  expect(settings.notices()).toEqual([
    `settings.json could not be read whole (no valid value for theme); defaults are used. It was kept as ${names[0]}.`,
  ])
  expect(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))).toEqual({ memoryUnit: 'MB', futureKey: 1 })
})

test('settings that cannot be written say so and leave what was there', () => {
  const folder = join(tempFolder(), 'a file, not a folder')
  writeFileSync(folder, '')
  const settings = new SettingsFile(join(folder, 'data'))
  expect(() => settings.set({ theme: 'dark' })).toThrow(expect.objectContaining({ code: 'FILE_UNWRITABLE' }))
  expect(settings.get().theme).toBe('system')
})

test('data goes where the system keeps such things, or where BATCHSCOPE_DATA_DIR says', () => {
  const linux = (env: Record<string, string>) => dataFolder(env, '/home/u', 'linux')
  expect(linux({ BATCHSCOPE_DATA_DIR: '/somewhere' })).toBe('/somewhere')
  expect(linux({})).toBe('/home/u/.local/share/batchscope')
  expect(linux({ XDG_DATA_HOME: '/data' })).toBe('/data/batchscope')
  expect(linux({ XDG_DATA_HOME: 'relative' })).toBe('/home/u/.local/share/batchscope')
  expect(dataFolder({}, '/Users/u', 'darwin')).toBe(join('/Users/u', 'Library', 'Application Support', 'Batchscope'))
  expect(dataFolder({ LOCALAPPDATA: '/l' }, '/u', 'win32')).toBe(join('/l', 'Batchscope'))
})

test('what can be made again lies where the system keeps caches', () => {
  const linux = (env: Record<string, string>) => cacheFolder(env, '/home/u', 'linux')
  expect(linux({})).toBe('/home/u/.cache/batchscope')
  expect(linux({ XDG_CACHE_HOME: '/c' })).toBe('/c/batchscope')
  expect(linux({ XDG_CACHE_HOME: 'relative' })).toBe('/home/u/.cache/batchscope')
  expect(linux({ BATCHSCOPE_DATA_DIR: '/d' })).toBe('/d/cache')
  expect(cacheFolder({}, '/Users/u', 'darwin')).toBe(join('/Users/u', 'Library', 'Caches', 'Batchscope'))
  expect(cacheFolder({ LOCALAPPDATA: '/l' }, '/u', 'win32')).toBe(join('/l', 'Batchscope', 'Cache'))
})

test('new sessions go to Documents where there is such a folder', () => {
  const home = tempFolder()
  expect(defaultSessionFolder(home)).toBe(join(home, 'Batchscope'))
  mkdirSync(join(home, 'Documents'))
  expect(defaultSessionFolder(home)).toBe(join(home, 'Documents', 'Batchscope'))
})

const view = (path: string, perSec?: number) => ({
  info: {
    sessionId: '1',
    path,
    name: 'n',
    notes: '',
    createdAt: '',
    modifiedAt: '',
    appVersion: '0',
    bytes: 1,
    readOnly: false,
    damage: [],
  },
  runs: [
    {
      id: 'r',
      kind: 'bench',
      title: 't',
      status: 'done' as const,
      createdAt: '',
      notes: '',
      pointCount: 1,
      failedPointCount: 0,
      modelName: 'm.onnx',
      device: 'Some CPU',
      ...(perSec === undefined ? {} : { best: { inferPerSec: perSec, batch: 8, runtime: 'ort-cpu' } }),
    },
  ],
})

test('recent sessions: newest first, once each, with the best figure, missing ones marked, at most 20', () => {
  const folder = tempFolder()
  const recents = new RecentSessions(folder)
  const here = join(folder, 'here.bscope')
  writeFileSync(here, '')
  recents.remember(view(here))
  for (let index = 0; index < 25; index++) recents.remember(view(`/gone/${index}.bscope`))
  recents.remember(view(here, 123))
  const list = recents.list()
  expect(list).toHaveLength(20)
  expect(list[0]).toMatchObject({
    path: here,
    missing: false,
    modelName: 'm.onnx',
    device: 'Some CPU',
    best: { inferPerSec: 123, batch: 8 },
  })
  expect(list[1]).toMatchObject({ path: '/gone/24.bscope', missing: true })
  recents.forget(here)
  expect(recents.list()[0]?.path).toBe('/gone/24.bscope')
})

test('a broken entry of the list costs itself only', () => {
  const folder = tempFolder()
  const recents = new RecentSessions(folder)
  recents.remember(view('/a.bscope'))
  const path = join(folder, 'recent.json')
  writeFileSync(path, JSON.stringify([{ nonsense: true }, ...JSON.parse(readFileSync(path, 'utf8'))]))
  expect(recents.list().map(entry => entry.path)).toEqual(['/a.bscope'])
})

test('chunks that do not follow each other end the upload, and nothing of it stays', async () => {
  const uploads = new Uploads(tempFolder())
  const { uploadId } = await uploads.begin({ name: 'm.onnx', bytes: 6 })
  await uploads.chunk({ uploadId, offset: 0, data: new Blob(['abc']) })
  await expect(uploads.chunk({ uploadId, offset: 4, data: new Blob(['ef']) })).rejects.toMatchObject({ code: 'USAGE' })
  await expect(uploads.end(uploadId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(readdirSync(uploads.folder)).toEqual([])
})

test('an upload that ends early is refused, a whole one is there byte for byte', async () => {
  const uploads = new Uploads(tempFolder())
  const early = await uploads.begin({ name: 'm.onnx', bytes: 6 })
  await expect(uploads.end(early.uploadId)).rejects.toMatchObject({ code: 'DATA_INVALID' })
  const whole = await uploads.begin({ name: 'm.onnx', bytes: 6 })
  await uploads.chunk({ uploadId: whole.uploadId, offset: 0, data: new Blob(['abcd']) })
  await uploads.chunk({ uploadId: whole.uploadId, offset: 4, data: new Blob(['ef']) })
  expect(readFileSync((await uploads.end(whole.uploadId)).path, 'utf8')).toBe('abcdef')
})

test('the same chunk sent twice at once is refused the second time', async () => {
  const uploads = new Uploads(tempFolder())
  const { uploadId } = await uploads.begin({ name: 'm.onnx', bytes: 6 })
  const chunk = { uploadId, offset: 0, data: new Blob(['abc']) }
  const results = await Promise.allSettled([uploads.chunk(chunk), uploads.chunk(chunk)])
  expect(results.filter(result => result.status === 'rejected').length).toBeGreaterThanOrEqual(1)
})

test('where nothing can be written, an upload says so', async () => {
  const notAFolder = join(tempFolder(), 'file')
  writeFileSync(notAFolder, '')
  const begin = new Uploads(notAFolder).begin({ name: 'm.onnx', bytes: 6 })
  await expect(begin).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})

test("yesterday's leftovers go when the next upload begins; one still being received stays", async () => {
  const uploads = new Uploads(tempFolder())
  await uploads.begin({ name: 'a', bytes: 1 })
  const old = join(uploads.folder, 'old.part')
  writeFileSync(old, 'x')
  utimesSync(old, 0, 0)
  await uploads.begin({ name: 'b', bytes: 1 })
  expect(existsSync(old)).toBe(false)
  expect(readdirSync(uploads.folder)).toHaveLength(2)
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\x\\m.onnx', 'm.onnx'],
  ['..', 'upload'],
  ['', 'upload'],
  ['a\nb<c>.onnx', 'a_b_c_.onnx'],
  ['🚀.onnx', '🚀.onnx'],
  ['nul.onnx', '_nul.onnx'],
  ['m.onnx. ', 'm.onnx'],
  [`${'🚀'.repeat(100)}.onnx`, `${'🚀'.repeat(36)}.onnx`],
])('%j is kept as %j', (given, kept) => {
  expect(safeFileName(given)).toBe(kept)
})
