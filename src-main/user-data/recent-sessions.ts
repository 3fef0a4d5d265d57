import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { RecentSession, type SessionView } from '#domain/session.ts'
import { readJson, setAside, writeJson } from './json-file.ts'

const MAX_RECENT = 20
const Entry = RecentSession.omit({ missing: true })
type Entry = z.infer<typeof Entry>

/** `recent.json` of the data folder: what was open lately, newest first, with its best figure at that time. */
export class RecentSessions {
  readonly #path: string

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, 'recent.json')
  }

  list(): RecentSession[] {
    return this.#entries().map(entry => ({ ...entry, missing: !existsSync(entry.path) }))
  }

  remember({ info, runs }: SessionView): void {
    const best = runs.flatMap(run => (run.best === undefined ? [] : [run])).toSorted(byBest)[0]
    const newest = best ?? runs.at(-1)
    const entry: Entry = {
      path: info.path,
      name: info.name,
      openedAt: new Date().toISOString(),
      runCount: runs.length,
      ...(newest?.modelName === undefined ? {} : { modelName: newest.modelName }),
      ...(newest?.device === undefined ? {} : { device: newest.device }),
      ...(best?.best === undefined ? {} : { best: best.best }),
    }
    writeJson(this.#path, [entry, ...this.#without(info.path)].slice(0, MAX_RECENT))
  }

  forget(path: string): void {
    writeJson(this.#path, this.#without(path))
  }

  #without(path: string): Entry[] {
    return this.#entries().filter(entry => entry.path !== path)
  }

  /** A broken entry costs itself only. */
  #entries(): Entry[] {
    const file = readJson(this.#path)
    if (file !== undefined && 'broken' in file) setAside(this.#path)
    const stored = z.array(z.unknown()).safeParse(file !== undefined && 'value' in file ? file.value : [])
    return (stored.data ?? []).flatMap(value => {
      const entry = Entry.safeParse(value)
      return entry.success ? [entry.data] : []
    })
  }
}

function byBest(a: SessionView['runs'][number], b: SessionView['runs'][number]): number {
  return (b.best?.inferPerSec ?? 0) - (a.best?.inferPerSec ?? 0)
}
