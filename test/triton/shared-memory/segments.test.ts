import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSegment, sweepStale } from '../../../src-main/triton/shared-memory/segments.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const SEGMENTS = join(import.meta.dirname, '..', '..', '..', 'src-main', 'triton', 'shared-memory', 'segments.ts')

test('a segment is a private file in /dev/shm, written and read at any place', async () => {
  const segment = await createSegment(3 * 2 ** 20 + 5)
  const path = `/dev/shm${segment.key}`
  expect(segment.name).toMatch(new RegExp(`^batchscope-${process.pid}-[0-9a-f]{8}-\\d+$`))
  expect(statSync(path)).toMatchObject({ size: 3 * 2 ** 20 + 5 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await segment.write(Uint8Array.of(1, 2, 3), segment.bytes - 3)
  expect([...(await segment.read(segment.bytes - 4, 4))]).toEqual([0, 1, 2, 3])
  await expect(segment.write(Uint8Array.of(1), segment.bytes)).rejects.toThrow('lie outside')
  await segment.remove()
  await segment.remove()
  expect(existsSync(path)).toBe(false)
})

test('a server of another user may be let in', async () => {
  const segment = await createSegment(1, { mode: 0o666 })
  expect(statSync(`/dev/shm${segment.key}`).mode & 0o777).toBe(0o666)
  await segment.remove()
})

test('segments of a killed process are swept, those of the living stay', async () => {
  const code = `const { createSegment } = await import(${JSON.stringify(SEGMENTS)}); console.log((await createSegment(4096)).name); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line]: Buffer[] = await once(child.stdout, 'data')
  const name = String(line).trim()
  expect(await sweepStale()).not.toContain(name)
  const own = await createSegment(16)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const forgotten: string[] = []
  const swept = await sweepStale({
    sharedMemory: async () => [
      { name, kind: 'system' },
      { name: own.name, kind: 'system' },
      { name: 'someone-elses', kind: 'system' },
      { name, kind: 'cuda' },
    ],
    unregisterSystemRegion: async region => void forgotten.push(region),
  })
  expect(swept).toContain(name)
  expect(forgotten).toEqual([name])
  expect(readdirSync('/dev/shm')).not.toContain(name)
  expect(readdirSync('/dev/shm')).toContain(own.name)
  await own.remove()
})

test('only our own names are ever touched', async () => {
  const folder = tempFolder()
  const gone = spawnSync('true').pid
  for (const name of [`batchscope-${gone}-ab-0`, `batchscope-${gone}-ab-x`, `x-batchscope-${gone}-ab-0`, 'batchscope'])
    writeFileSync(join(folder, name), '')
  expect(await sweepStale(undefined, { folder })).toEqual([`batchscope-${gone}-ab-0`])
  expect(readdirSync(folder)).toHaveLength(3)
  expect(await sweepStale(undefined, { folder: join(folder, 'none') })).toEqual([])
})

test('a system without shared memory files says so', async () => {
  await expect(createSegment(1, { folder: join(tempFolder(), 'none') })).rejects.toMatchObject({
    code: 'SERVER_REFUSED',
    data: { hint: expect.stringContaining('network') },
  })
})
