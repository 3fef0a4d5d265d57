import { expect, test } from 'vitest'
import { FolderView } from '../../../src-renderer/host/folder-view.svelte.ts'
import { upload } from '../../../src-renderer/host/upload.ts'

test('a dropped file travels in order, a megabyte at a time, and says how far it is', async () => {
  const sent: [number, number][] = []
  const said: number[] = []
  const file = new File([new Uint8Array(2_500_000)], 'big.onnx')
  const path = await upload(
    file,
    {
      uploadBegin: async ({ name, bytes }) => ({ uploadId: `${name}/${bytes}` }),
      uploadChunk: async ({ offset, data }) => void sent.push([offset, data.size]),
      uploadEnd: async ({ uploadId }) => ({ path: `/uploads/${uploadId}` }),
    },
    { onProgress: ({ doneBytes }) => said.push(doneBytes) },
  )
  expect(path).toBe('/uploads/big.onnx/2500000')
  expect(sent).toEqual([
    [0, 1_048_576],
    [1_048_576, 1_048_576],
    [2_097_152, 402_848],
  ])
  expect(said).toEqual([1_048_576, 2_097_152, 2_500_000])
})

test('a cancelled upload sends no further chunk', async () => {
  const stop = new AbortController()
  let chunks = 0
  const sending = upload(
    new File([new Uint8Array(3_000_000)], 'big.onnx'),
    {
      uploadBegin: async () => ({ uploadId: 'u' }),
      uploadChunk: async () => {
        chunks++
        stop.abort()
      },
      uploadEnd: async () => ({ path: '/never' }),
    },
    { signal: stop.signal },
  )
  await expect(sending).rejects.toThrow()
  expect(chunks).toBe(1)
})

const entries = [
  { name: 'b.onnx', path: '/m/b.onnx', kind: 'file' as const, bytes: 10 },
  { name: 'notes.txt', path: '/m/notes.txt', kind: 'file' as const },
  { name: 'deep', path: '/m/deep', kind: 'folder' as const },
]

test('the file list shows folders first and files of the wanted types, and counts the others', async () => {
  const folder = new FolderView({ browse: async () => ({ path: '/m', parent: '/', entries }) })
  await folder.go('/m')
  const filters = [{ name: 'Models', extensions: ['onnx'] }]
  expect(folder.shown(filters).map(entry => entry.name)).toEqual(['deep', 'b.onnx'])
  expect(folder.hiddenCount(filters)).toBe('1 file is of another type.')
  expect(folder.shown([])).toHaveLength(3)
  expect(folder.childPath(' new.bscope ')).toBe('/m/new.bscope')
  expect(folder.has('b.onnx')).toBe(true)
})

test('an answer that comes late does not replace a later folder, and an error keeps the last list', async () => {
  const answers = new Map<string, (value: { path: string; entries: typeof entries }) => void>()
  const folder = new FolderView({
    browse: ({ path = '' }) =>
      path === '/bad' ? Promise.reject(new Error('not allowed')) : new Promise(resolve => answers.set(path, resolve)),
  })
  const slow = folder.go('/slow')
  const fast = folder.go('/fast')
  answers.get('/fast')?.({ path: '/fast', entries })
  await fast
  answers.get('/slow')?.({ path: '/slow', entries: [] })
  await slow
  expect(folder.path).toBe('/fast')
  await folder.go('/bad')
  expect(folder.error).toEqual(new Error('not allowed'))
  expect(folder.shown([])).toHaveLength(3)
  expect(folder.loading).toBe(false)
})
