import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Progress } from '#domain/run.ts'
import type { TraceHandle } from '../../src-main/trace-cache/trace-handle.ts'
import { TraceStore } from '../../src-main/trace-cache/trace-store.ts'
import type { Imported } from '../../src-main/workers/trace-protocol.ts'
import { writeLargeDatabase } from '../helpers/nsys/large-database.ts'
import { madeDatabase, strings } from '../helpers/nsys/made.ts'
import { smallTrace } from '../helpers/small-trace.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const STEPS = 100

interface Place {
  store: TraceStore
  folder: string
  cache: string
  /** Writes a file and gives its path. */
  put(name: string, content: string | Uint8Array): string
}

function place(limitBytes = 2 ** 30): Place {
  const folder = tempFolder()
  const cache = join(folder, 'cache')
  const store = new TraceStore({ folder: cache, indexVersion: 1, limitBytes, nsys: async () => undefined })
  onTestFinished(() => store.close())
  return {
    store,
    folder,
    cache,
    put(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
  }
}

async function ready(store: TraceStore, { summary }: Imported): Promise<TraceHandle> {
  const now = await store.at(summary.source)
  if (now.state !== 'ready') throw new Error(`the trace is ${now.state}`)
  return now.trace
}

/** Its process runs and has begun. */
async function beingRead(store: TraceStore, runId: string): Promise<void> {
  await vi.waitFor(() => store.preview(runId), 20_000)
}

const indexes = (cache: string) => readdirSync(cache).filter(name => /^[0-9a-f]{64}-/.test(name))

test('a trace is read into figures and an index that answers; gzip or plain, they are the same', async () => {
  const { store, put } = place()
  const text = smallTrace(STEPS)
  const plain = await store.import(put('a.json', text))
  const packed = await store.import(put('b.json.gz', gzipSync(text)))
  expect(plain.summary.counts).toMatchObject({ slices: 3 * STEPS, kernels: STEPS, links: STEPS, unread: 0 })
  expect(plain.summary.devices).toMatchObject([{ id: 0, name: 'Test GPU', busyNs: 20_000 * STEPS, kernels: STEPS }])
  const { source: _a, ...figures } = plain.summary
  const { source: _b, ...same } = packed.summary
  expect(same).toEqual(figures)
  for (const imported of [plain, packed]) {
    const trace = await ready(store, imported)
    const { tracks } = await trace.view()
    expect(tracks.map(track => track.slices).toSorted((a, b) => a - b)).toEqual([STEPS, 2 * STEPS])
    const { total, hits } = await trace.ask('find', { text: 'GEMM', exact: false, limit: 3 })
    expect([total, hits.slice?.length]).toEqual([STEPS, 3])
    const detail = await trace.ask('slice', { slice: hits.slice?.[1] ?? -1 })
    expect(detail).toMatchObject({ name: 'gemm<float>', category: 'kernel', durationNs: 20_000 })
    // The second step's event, as its file has it.
    expect(Object.fromEntries(detail.arguments ?? [])).toMatchObject({ ts: '1070', dur: '20', correlation: '2' })
    expect(detail.links.map(({ relation, name }) => [relation, name])).toEqual([
      ['launched by', 'cudaLaunchKernel'],
      ['part of', 'aten::mm'],
    ])
    const op = await trace.ask('slice', { slice: detail.links[1]?.slice ?? -1 })
    expect(op.selfNs).toBe(20_000)
  }
})

test('what was read before is kept once: the same file, and the same content under another name', async () => {
  const { store, put, cache } = place()
  const text = smallTrace(STEPS)
  const first = await store.import(put('a.json', text))
  const again = await store.import(put('a.json', text))
  const other = await store.import(put('other.json', text))
  expect(again.summary).toEqual(first.summary)
  expect(other.summary).toEqual({
    ...first.summary,
    source: { ...first.summary.source, path: other.summary.source.path },
  })
  expect(other.summary.source.path).toContain('other.json')
  // Reading begins while the content is being recognised: of a file as small as this it may end first.
  expect(indexes(cache)).toHaveLength(1)
})

test('a source that moved is said, found again by its content alone, and its arguments are there again', async () => {
  const { store, put, folder, cache } = place()
  const path = put('a.json', smallTrace(STEPS))
  const imported = await store.import(path)
  const moved = join(folder, 'moved.json')
  renameSync(path, moved)
  await store.close()
  const reopened = new TraceStore({ folder: cache, indexVersion: 1, limitBytes: 2 ** 30, nsys: async () => undefined })
  onTestFinished(() => reopened.close())
  // The index is there: everything but the arguments is.
  const without = await (await ready(reopened, imported)).ask('slice', { slice: 0 })
  expect([without.arguments, without.sourceMissing]).toEqual([undefined, expect.stringContaining('locate it')])
  const wrong = put('wrong.json', smallTrace(STEPS + 1))
  await expect(reopened.locate(imported.summary.source, wrong)).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    message: 'This is another file than the one that was read',
  })
  await reopened.locate(imported.summary.source, moved)
  const found = await (await ready(reopened, imported)).ask('slice', { slice: 0 })
  expect(found.arguments?.length).toBeGreaterThan(3)
})

test('without index and source the reason is told; with the source the index is made again', async () => {
  const { store, put, cache, folder } = place()
  const path = put('a.json', smallTrace(STEPS))
  const imported = await store.import(path)
  await store.close()
  for (const name of indexes(cache)) rmSync(join(cache, name), { recursive: true })
  renameSync(path, join(folder, 'away.json'))
  const { source } = imported.summary
  expect(await store.at(source)).toEqual({
    state: 'missing',
    why: `${path} is not there any more, or has changed since it was read`,
  })
  writeFileSync(path, smallTrace(STEPS - 1)) // another file of that name
  expect((await store.at(source)).state).toBe('missing')
  rmSync(path)
  renameSync(join(folder, 'away.json'), path)
  expect((await store.at(source)).state).toBe('building')
  await vi.waitFor(async () => expect((await store.at(source)).state).toBe('ready'), 20_000)
  expect((await (await ready(store, imported)).view()).tracks).toHaveLength(2)
})

test('a process that dies is started again by the next question', async () => {
  const { store, put } = place()
  const trace = await ready(store, await store.import(put('a.json', smallTrace(STEPS))))
  const before = await trace.view()
  const { pid } = trace
  if (pid === undefined) throw new Error('no process runs')
  process.kill(pid, 'SIGKILL')
  await expect(trace.ask('names', { ids: [1] })).rejects.toMatchObject({
    code: 'CHILD_DIED',
  })
  expect(await trace.view()).toEqual(before)
  expect(trace.pid).not.toBe(pid)
})

test('an import whose process is killed says so and leaves nothing in the cache', async () => {
  const { store, put, cache } = place()
  const path = put('large.json', smallTrace(60_000))
  const importing = store.import(path, { runId: 'r' })
  await beingRead(store, 'r')
  process.kill(childOf(), 'SIGKILL')
  await expect(importing).rejects.toMatchObject({ code: 'CHILD_DIED' })
  expect(readdirSync(cache).filter(name => name !== 'known-files.json')).toEqual([])
})

/** The only service of this test. */
function childOf(): number {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const found = pids.find(pid => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      return command.includes('trace-service') && status.includes(`PPid:\t${process.pid}\n`)
    } catch {
      return false
    }
  })
  return Number(found)
}

test('an import that is stopped keeps what was read, says so, and reads the whole file the next time', async () => {
  const { store, put, cache } = place()
  const steps = 150_000
  const path = put('large.json', smallTrace(steps))
  const stop = new AbortController()
  const told: Progress[] = []
  const partial = await store.import(path, {
    stop: stop.signal,
    progress(progress) {
      told.push(progress)
      if (/^reading [1-9]/.test(progress.phase)) stop.abort()
    },
  })
  expect(partial.stopped).toBe(true)
  expect(partial.summary.partial).toBe(true)
  const { slices } = partial.summary.counts
  expect(slices).toBeGreaterThan(0)
  expect(slices).toBeLessThan(3 * steps)
  expect(told.some(({ phase }) => /of .* MiB, [\d,]+ events/.test(phase))).toBe(true)
  const { total } = await (await ready(store, partial)).ask('find', { text: '', exact: false, limit: 1 })
  expect(total).toBe(slices)
  const whole = await store.import(path)
  expect([whole.stopped, whole.summary.counts.slices]).toEqual([false, 3 * steps])
  expect(whole.facts).toMatchObject({ launches: { count: steps }, devices: [{ busyNs: 20_000 * steps }] })
  expect(indexes(cache)).toHaveLength(2)
}, 60_000)

test('an import that is stopped before anything was read leaves nothing', async () => {
  const { store, put, cache } = place()
  const stop = AbortSignal.abort()
  const importing = store.import(put('a.json', smallTrace(STEPS)), { stop })
  await expect(importing).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(indexes(cache)).toEqual([])
})

test('what is no trace is named for what it is, and a cut file keeps what can be read', async () => {
  const { store, put, cache } = place()
  await expect(store.import(put('config.json', '{"name": "a", "values": [1, 2, 3]}'))).rejects.toMatchObject({
    code: expect.stringMatching(/FORMAT_UNKNOWN|FORMAT_BROKEN/),
  })
  await expect(store.import(join(cache, 'none.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  const packed = gzipSync(smallTrace(5000))
  const cut = await store.import(put('cut.json.gz', packed.subarray(0, packed.length / 2)))
  expect(cut.summary.partial).toBe(true)
  expect(cut.summary.unread.map(({ reason }) => reason)).toContain('the file is cut off')
  expect(cut.summary.counts.kernels).toBeGreaterThan(1000)
  expect(cut.summary.counts.kernels).toBeLessThan(5000)
  expect(readdirSync(cache).filter(name => name.startsWith('unfinished'))).toEqual([])
})

test('a file that is still being written is refused', async () => {
  const { store, put } = place()
  const path = put('growing.json', smallTrace(100_000))
  let grown = false
  const importing = store.import(path, {
    progress({ phase }) {
      if (grown || !/^reading [1-9]/.test(phase)) return
      appendFileSync(path, '   ')
      grown = true
    },
  })
  await expect(importing).rejects.toMatchObject({ message: 'The trace changed while it was read' })
})

test('the cache stays within its limit', async () => {
  const { store, put, cache } = place(1)
  await store.import(put('a.json', smallTrace(10)))
  await store.import(put('b.json', smallTrace(20)))
  await store.close()
  const last = await store.import(put('c.json', smallTrace(30)))
  expect(last.summary.counts.kernels).toBe(30)
  expect(indexes(cache).length).toBeLessThanOrEqual(1)
})

test('while a database is read, preview and progress tell what its devices did in all', async () => {
  const { store, folder } = place()
  const path = join(folder, 'large.sqlite')
  const truth = writeLargeDatabase(path, 100_000)
  const told: Progress[] = []
  const importing = store.import(path, { runId: 'a', progress: progress => told.push(progress) })
  const overview = await vi.waitFor(
    async () => {
      const { overview } = await store.preview('a')
      if (overview === undefined) throw new Error('not yet')
      return overview
    },
    { timeout: 20_000, interval: 10 },
  )
  expect(told.at(-1)?.phase).toMatch(/^reading/)
  const { summary } = await importing
  const spanNs = (overview.devices[0]?.endNs ?? 0) - (overview.devices[0]?.startNs ?? 0)
  expect(overview.devices).toMatchObject([{ busyNs: truth.busyNs, sumNs: truth.totalNs, kernels: truth.kernels }])
  expect(summary.devices).toMatchObject(overview.devices)
  expect(overview.kernelNames).toBe(summary.kernels.length)
  expect(summary.kernels.slice(0, overview.kernels.length)).toMatchObject(overview.kernels)
  const percent = ((100 * truth.busyNs) / spanNs).toPrecision(3)
  const known = new RegExp(`^GPU 0: busy ${percent} % of 600 ms from its first to its last work, 100,000 kernels$`)
  expect(told.find(progress => progress.known !== undefined)?.known).toMatch(known)
  expect(told.at(-1)?.known).toMatch(known)
})

test('a database of which nothing can be told early is read all the same, and says why', async () => {
  const { store } = place()
  const table = 'CUPTI_ACTIVITY_KIND_KERNEL'
  const path = madeDatabase(
    { StringIds: strings('k'), [table]: [{ start: 0, end: 5, demangledName: 1 }] },
    ...Array.from({ length: 9 }, () => `INSERT INTO ${table} SELECT * FROM ${table}`),
    `UPDATE ${table} SET deviceId = _rowid_`,
  )
  const told: Progress[] = []
  const { summary } = await store.import(path, { progress: progress => told.push(progress) })
  expect([summary.counts.kernels, summary.devices.length]).toEqual([512, 512])
  expect(summary.notices).toEqual(['No figures came early: The database has more than 256 devices'])
  expect(told.filter(({ known }) => known !== undefined)).toEqual([])
})
