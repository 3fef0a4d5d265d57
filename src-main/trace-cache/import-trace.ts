import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Progress } from '#domain/run.ts'
import { Service } from '../../native-tools/start-service.ts'
import { Imported, ImportNews, type ImportQuestion } from '../workers/trace-protocol.ts'
import { type CacheFolder, FILES } from './cache-folder.ts'
import { ImportProgress } from './import-progress.ts'
import type { KnownFiles } from './known-files.ts'
import { TRACE_NODE_FLAGS } from './trace-process.ts'

export interface ImportOptions {
  /** Asks for what was read so far; it is kept and marked as partial. */
  stop?: AbortSignal
  progress?(progress: Progress): void
  /** The process that reads, as soon as there is one: it answers `preview`. */
  started?(service: Service): void
  nsys?: ImportQuestion['nsys']
}

export interface FinishedImport {
  imported: Imported
  /** Of the finished index. */
  folder: string
  /** The process that made it, with nothing open; absent when the index was there before. */
  service?: Service
}

/**
 * Reads a trace file into the cache, or finds that its content was read before.
 * @throws EngineError what the reader says, FILE_NOT_FOUND, FILE_UNREADABLE, DISK_FULL, CHILD_DIED
 */
export async function importTrace(
  path: string,
  { cache, known }: { cache: CacheFolder; known: KnownFiles },
  options: ImportOptions,
): Promise<FinishedImport> {
  const before = await statOf(path)
  const sha256 = await known.hashOf(path)
  const present = sha256 === undefined ? undefined : await readBefore(cache, sha256, path)
  if (present !== undefined) return present

  const unfinished = cache.begin()
  const service = new Service('trace-service', { nodeFlags: TRACE_NODE_FLAGS })
  try {
    options.started?.(service)
    const progress = new ImportProgress(options.progress ?? (() => {}))
    const already = Promise.withResolvers<string>()
    const question: ImportQuestion = {
      type: 'import',
      path,
      folder: unfinished,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(options.nsys === undefined ? {} : { nsys: options.nsys }),
    }
    const reading = service.ask(question, Imported, {
      ...(options.stop === undefined ? {} : { stop: options.stop }),
      news: {
        schema: ImportNews,
        on(news) {
          if (news.type === 'progress') progress.tell(news)
          else if (news.type === 'overview') progress.overview(news.overview)
          else if (cache.find(news.sha256) !== undefined) already.resolve(news.sha256)
        },
      },
    })
    // The same content under another name: no need to read it to the end.
    const first = await Promise.race([reading, already.promise])
    if (typeof first === 'string') {
      reading.catch(() => {}) // its process is ended
      const same = await readBefore(cache, first, path)
      await known.remember(path, first, before)
      if (same !== undefined) {
        service.end()
        await service.ended
        cache.discard(unfinished)
        return same
      }
    }
    const imported = typeof first === 'string' ? await reading : first
    const folder = cache.keep(unfinished, imported.summary.source.sha256, { partial: imported.stopped })
    await known.remember(path, imported.summary.source.sha256, before)
    return { imported, folder, service }
  } catch (thrown) {
    service.end()
    await service.ended
    cache.discard(unfinished)
    throw thrown
  }
}

/** What an earlier import of the same content left, told for the file at `path`. */
async function readBefore(cache: CacheFolder, sha256: string, path: string): Promise<FinishedImport | undefined> {
  const folder = cache.find(sha256)
  const imported = folder === undefined ? undefined : await resultIn(folder)
  if (folder === undefined || imported === undefined) return undefined
  const { summary } = imported
  return { folder, imported: { ...imported, summary: { ...summary, source: { ...summary.source, path } } } }
}

/** @returns undefined where another version wrote it, or part of it is gone */
async function resultIn(folder: string): Promise<Imported | undefined> {
  try {
    const result: unknown = JSON.parse(await readFile(join(folder, FILES.result), 'utf8'))
    const coarse = new Uint8Array(await readFile(join(folder, FILES.coarse)))
    return Imported.safeParse({ ...(typeof result === 'object' ? result : {}), coarse }).data
  } catch (thrown) {
    if (thrown instanceof SyntaxError || (thrown instanceof Error && 'syscall' in thrown)) return undefined
    throw thrown
  }
}

async function statOf(path: string): Promise<{ bytes: number; modifiedMs: number }> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { bytes: size, modifiedMs: mtimeMs }
  } catch (cause) {
    throw new EngineError(
      'FILE_NOT_FOUND',
      `${path} does not exist`,
      { where: path, hint: 'Check the path.' },
      { cause },
    )
  }
}
