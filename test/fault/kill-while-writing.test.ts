import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededRandom } from '#stats/random.ts'
import { openSession } from '../../src-main/session/open.ts'
import { APP, someSamples } from '../helpers/sessions.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** BATCHSCOPE_KILLS=200 is the full test (about 3 minutes). */
const KILLS = Number(process.env.BATCHSCOPE_KILLS ?? 20)
/** A file is used for that many kills, so that what one crash leaves is what the next one meets. */
const KILLS_PER_FILE = 8
/** From the moment before the child opens the file; opening, closing and compacting take their share of it. */
const MAX_LIFE_MS = 500

const CHILD = join(import.meta.dirname, 'kill-while-writing.child.ts')

/** Starts a writer, kills it with SIGKILL after `lifeMs` of work. @returns what it said was committed */
function writeUntilKilled(path: string, name: string, lifeMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, path, name, existsSync(path) ? 'open' : 'create'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', chunk => {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), lifeMs)
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(text.split('\n').slice(0, -1))
      else reject(new Error(`the writer ended by itself: ${code} ${signal}`))
    })
  })
}

test(
  `${KILLS} × kill -9 at random moments: no committed point is lost, no file is unreadable`,
  async () => {
    const random = seededRandom(Number(process.env.BATCHSCOPE_SEED ?? 7))
    const folder = tempFolder()
    const path = join(folder, 'a.bscope')
    const known: string[] = []
    let points = 0
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill % KILLS_PER_FILE === 0) {
        rmSync(path, { force: true })
        for (const suffix of ['-wal', '-shm', '-lock', '-journal']) rmSync(path + suffix, { force: true })
        known.length = 0
      }
      known.push(...(await writeUntilKilled(path, `k${kill}`, random.uniform() * MAX_LIFE_MS)))
      points += known.filter(line => line.startsWith(`point k${kill}-`)).length
      // Every other crash is met by the next writer as it lies, the rest is read first.
      if (kill % 2 === 0 || kill % KILLS_PER_FILE === KILLS_PER_FILE - 1) expectAll(path, known)
    }
    console.info(`${KILLS} kills, ${points} points committed before them, 0 lost, 0 unreadable files`)
  },
  Math.max(60_000, KILLS * 3000),
)

/** Everything that was said to be committed is there, with its samples, and nothing of it is damaged. */
function expectAll(path: string, lines: readonly string[]): void {
  // Killed before the file was made: then nothing can have been committed.
  if (!existsSync(path)) {
    expect(lines.filter(line => line !== 'start')).toEqual([])
    return
  }
  const session = openSession(path, APP)
  expect(session.info()).toMatchObject({ readOnly: false, damage: [] })
  const statuses = new Map(session.runs().map(run => [run.id, run.status]))
  const points = new Map([...statuses.keys()].map(id => [id, session.run(id).points.map(point => point.index)]))
  for (const line of lines) {
    const [what = '', id = '', index] = line.split(' ')
    if (what === 'start') continue
    expect(statuses.get(id), line).toMatch(what === 'done' ? /^done$/ : /^(done|interrupted)$/)
    if (what === 'point') expect(points.get(id), line).toContain(Number(index))
  }
  // Also of a point that was committed but not yet acknowledged: whole, with its samples, or not there.
  for (const [id, indexes] of points) {
    expect(indexes).toEqual(indexes.map((_, position) => position))
    for (const index of indexes) {
      const round = Number(id.split('-')[1])
      expect(session.samples(id, `p${index + 1}`)).toEqual(someSamples(round * 100 + index, 400))
    }
  }
  session.close()
}
