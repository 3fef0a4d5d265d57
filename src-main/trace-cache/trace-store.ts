import { stat } from 'node:fs/promises'
import { EngineError } from '#domain/errors.ts'
import type { Progress } from '#domain/run.ts'
import type { TraceSource } from '#domain/trace.ts'
import type { Service } from '../../native-tools/start-service.ts'
import { hashFile } from '../workers/file-hash.ts'
import { ANSWERS, type Imported, type ImportQuestion, type QueryAnswer } from '../workers/trace-protocol.ts'
import { CacheFolder } from './cache-folder.ts'
import { importTrace } from './import-trace.ts'
import { KnownFiles } from './known-files.ts'
import { TraceHandle } from './trace-handle.ts'

export interface TraceStoreParts {
  /** Where indexes are kept. */
  folder: string
  /** Of the index's layout (`traces/`). */
  indexVersion: number
  limitBytes: number
  /** The nsys that exports reports, where there is one. */
  nsys(): Promise<ImportQuestion['nsys']>
}

/** What can be had of a trace now. */
export type TraceNow =
  | { state: 'ready'; trace: TraceHandle }
  | { state: 'building'; fraction: number }
  | { state: 'missing'; why: string }

interface Building {
  fraction: number
  error?: unknown
  stop: AbortController
  done: Promise<void>
}

/** Every trace this engine reads or has open, an index in the cache and a process each. */
export class TraceStore {
  readonly #parts: TraceStoreParts
  readonly #cache: CacheFolder
  readonly #known: KnownFiles
  readonly #open = new Map<string, TraceHandle>()
  readonly #importing = new Map<string, Service>()
  readonly #building = new Map<string, Building>()
  /** Files that were hashed and found to be others: path, size and time of change, by hash wanted. Not hashed twice. */
  readonly #others = new Map<string, string>()

  constructor(parts: TraceStoreParts) {
    this.#parts = parts
    this.#cache = new CacheFolder(parts.folder, parts.indexVersion)
    this.#known = new KnownFiles(parts.folder)
  }

  /**
   * @param runId of the run that imports: `preview` is asked by it   @param stop gives what was read so far
   * @throws EngineError
   */
  async import(
    path: string,
    { runId, stop, progress }: { runId?: string; stop?: AbortSignal; progress?(progress: Progress): void } = {},
  ): Promise<Imported> {
    try {
      const { imported, folder, service } = await importTrace(path, this.#places(), {
        ...(stop === undefined ? {} : { stop }),
        ...(progress === undefined ? {} : { progress }),
        started: service => runId !== undefined && this.#importing.set(runId, service),
        nsys: await this.#parts.nsys(),
      })
      this.#adopt(folder, imported.summary.source, service)
      this.#cache.shrink(this.#parts.limitBytes)
      return imported
    } finally {
      if (runId !== undefined) this.#importing.delete(runId)
    }
  }

  /** A picture of what an import has read. @throws EngineError NOT_FOUND when nothing is being read for that run */
  async preview(runId: string): Promise<QueryAnswer<'preview'>> {
    const service = this.#importing.get(runId)
    if (service === undefined) throw new EngineError('NOT_FOUND', 'No trace is being read for this run')
    return service.ask({ type: 'query', name: 'preview', input: {} }, ANSWERS.preview)
  }

  /** The open trace; else its index is opened, or made again where the source is still there. */
  async at(source: TraceSource): Promise<TraceNow> {
    const { sha256 } = source
    const open = this.#open.get(sha256)
    if (open !== undefined) return { state: 'ready', trace: open }
    const folder = this.#cache.find(sha256) ?? this.#cache.find(sha256, { partial: true })
    if (folder !== undefined) return { state: 'ready', trace: this.#adopt(folder, source) }
    const building = this.#building.get(sha256)
    if (building !== undefined && building.error === undefined)
      return { state: 'building', fraction: building.fraction }
    if (building !== undefined) return { state: 'missing', why: `Reading it again failed: ${wordsOf(building.error)}` }
    const path = await this.#placeOf(source)
    if (path === undefined) {
      return {
        state: 'missing',
        why: `${source.path || 'The trace file'} is not there any more, or has changed since it was read`,
      }
    }
    return { state: 'building', fraction: this.#build(path, sha256).fraction }
  }

  /**
   * Takes note that the source of a trace is at `path` now.
   * @throws EngineError FILE_NOT_FOUND, FORMAT_UNKNOWN when it is another file
   */
  async locate(source: TraceSource, path: string): Promise<void> {
    const seen = await sizeAndTime(path)
    if (seen === undefined) throw new EngineError('FILE_NOT_FOUND', `${path} does not exist`, { where: path })
    if (seen.bytes !== source.bytes || (await hashFile(path, seen.bytes)) !== source.sha256) {
      throw new EngineError('FORMAT_UNKNOWN', 'This is another file than the one that was read', {
        where: path,
        hint: `Choose the file with SHA-256 ${source.sha256.slice(0, 12)}… (${source.bytes} bytes), or import this one.`,
      })
    }
    await this.#known.remember(path, source.sha256, seen)
    this.#building.delete(source.sha256)
    const open = this.#open.get(source.sha256)
    this.#open.delete(source.sha256)
    await open?.end() // it starts again and finds the source
  }

  async close(): Promise<void> {
    for (const { stop } of this.#building.values()) stop.abort()
    for (const service of this.#importing.values()) service.end()
    await Promise.all([...this.#open.values()].map(trace => trace.end()))
    await Promise.all([...this.#building.values()].map(({ done }) => done))
    this.#open.clear()
  }

  #build(path: string, sha256: string): Building {
    const stop = new AbortController()
    const building: Building = { fraction: 0, stop, done: Promise.resolve() }
    building.done = this.import(path, {
      stop: stop.signal,
      progress: ({ fraction }) => {
        building.fraction = fraction ?? building.fraction
      },
    }).then(
      () => void this.#building.delete(sha256),
      thrown => {
        building.error = thrown
      },
    )
    this.#building.set(sha256, building)
    return building
  }

  #adopt(folder: string, source: TraceSource, service?: Service): TraceHandle {
    const before = this.#open.get(source.sha256)
    if (before !== undefined && before.folder === folder) {
      service?.end()
      return before
    }
    void before?.end()
    const trace = new TraceHandle({
      folder,
      format: source.format,
      sourcePath: () => this.#placeOf(source),
      use: () => this.#cache.use(folder),
      ...(service === undefined ? {} : { service }),
    })
    this.#open.set(source.sha256, trace)
    return trace
  }

  /** Where the source is now, its content the one that was read. */
  async #placeOf(source: TraceSource): Promise<string | undefined> {
    const known = await this.#known.placeOf(source.sha256)
    if (known !== undefined) return known
    const seen = await sizeAndTime(source.path)
    if (seen?.bytes !== source.bytes) return undefined
    const other = `${source.path} ${seen.modifiedMs}`
    if (this.#others.get(source.sha256) === other) return undefined
    if ((await hashFile(source.path, seen.bytes)) !== source.sha256) {
      this.#others.set(source.sha256, other)
      return undefined
    }
    await this.#known.remember(source.path, source.sha256, seen)
    return source.path
  }

  #places() {
    return { cache: this.#cache, known: this.#known }
  }
}

async function sizeAndTime(path: string): Promise<{ bytes: number; modifiedMs: number } | undefined> {
  const seen = await stat(path).catch(() => undefined) // gone or not readable: not there
  return seen?.isFile() === true ? { bytes: seen.size, modifiedMs: seen.mtimeMs } : undefined
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
