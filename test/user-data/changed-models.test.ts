import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ChangedModels } from '../../src-main/user-data/changed-models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const entry = { url: 'grpc://h:8001', model: 'image_cls', config: { max_batch_size: 8 } }

/** As if another process had kept it. */
function keptBy(pid: number, folder: string): void {
  new ChangedModels(folder).keep(entry)
  const [name = ''] = readdirSync(join(folder, 'changed-models'))
  const path = join(folder, 'changed-models', name)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), pid }))
}

test('a model that is changed is known until it has its own configuration back', () => {
  const changed = new ChangedModels(tempFolder())
  expect(changed.find(entry.url, entry.model)).toBeUndefined()
  changed.keep(entry)
  expect(changed.find(entry.url, entry.model)).toMatchObject({ entry, busy: false })
  expect(changed.find('grpc://other:8001', entry.model)).toBeUndefined()
  expect(changed.notices()).toEqual([])
  changed.forget(entry.url, entry.model)
  expect(changed.find(entry.url, entry.model)).toBeUndefined()
})

test('what a killed process left is told; what a living one changes is its own', () => {
  const folder = tempFolder()
  const changed = new ChangedModels(folder)
  keptBy(process.ppid, folder)
  expect(changed.find(entry.url, entry.model)).toMatchObject({ busy: true })
  expect(changed.notices()).toEqual([])
  const { pid } = spawnSync(process.execPath, ['--version'])
  keptBy(pid, folder)
  expect(changed.find(entry.url, entry.model)).toMatchObject({ busy: false })
  expect(changed.notices().join()).toContain('batchscope server grpc://h:8001 --unload image_cls')
})

test('a file that is not one of these is no reason to stop', () => {
  const folder = tempFolder()
  keptBy(1, folder)
  const [name = ''] = readdirSync(join(folder, 'changed-models'))
  writeFileSync(join(folder, 'changed-models', name), '{"url":')
  expect(new ChangedModels(folder).find(entry.url, entry.model)).toBeUndefined()
  expect(new ChangedModels(folder).notices()).toEqual([])
})
