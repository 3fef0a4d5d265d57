import { mkdirSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { CUT_OFF, type TraceReader } from '#domain/trace-feed.ts'
import type { TraceOverview } from '#domain/trace-overview.ts'
import type { Format } from '#formats/define.ts'
import { openFileSource } from '../models/file-source.ts'
import { FILES } from '../trace-cache/cache-folder.ts'
import { traceHead } from '../trace-cache/trace-head.ts'
import { TraceBuilder } from '../traces/builder.ts'
import { coarseOf } from '../traces/coarse.ts'
import type { IndexManifest } from '../traces/define.ts'
import { traceFacts } from '../traces/facts.ts'
import { openIndex } from '../traces/open-index.ts'
import type { TracePreview } from '../traces/preview.ts'
import { summarize } from '../traces/summary.ts'
import { hashFile } from './file-hash.ts'
import { CACHE_WHILE_MADE, IndexFiles } from './index-files.ts'
import type { Asked } from './serve.ts'
import { openTables } from './table-source.ts'
import { fileBytes, inflatedBytes, type ReadState } from './trace-bytes.ts'
import { asDiskError } from './trace-disk-errors.ts'
import { exportReport } from './trace-export.ts'
import { factsInThread } from './trace-facts-thread.ts'
import { traceFormatOf } from './trace-formats.ts'
import { lookOver } from './trace-overview.ts'
import { previewAnswer } from './trace-preview.ts'
import type { Imported, ImportNews, ImportQuestion, QueryAnswer } from './trace-protocol.ts'
import { keptText } from './trace-text.ts'

const PROGRESS_MS = 200
/** A question waits no longer for its answer while the index is put in order. */
const TURN_MS = 20
/** From here on a thread saves more than it costs to start. */
const THREAD_FROM_SLICES = 200_000

type Phase = Extract<ImportNews, { type: 'progress' }>['phase']

/** A trace file on its way into an index. Stopped early, it gives what was read until then. */
export class RunningImport {
  readonly #question: ImportQuestion
  readonly #asked: Asked
  readonly #storage: IndexFiles
  readonly #builder: TraceBuilder
  readonly #state: ReadState = { bytesRead: 0 }
  #bytesTotal = 0
  #phase: Phase = 'reading'
  /** Of the phase that runs, where it tells. */
  #fraction: number | undefined
  #lastPreview: TracePreview | undefined
  #overview: TraceOverview | undefined

  constructor(question: ImportQuestion, asked: Asked) {
    this.#question = question
    this.#asked = asked
    this.#storage = new IndexFiles(question.folder, CACHE_WHILE_MADE)
    this.#builder = new TraceBuilder(this.#storage)
  }

  preview(): QueryAnswer<'preview'> {
    if (this.#phase === 'reading') this.#lastPreview = this.#builder.preview()
    const picture = previewAnswer(this.#lastPreview ?? this.#builder.preview())
    return this.#overview === undefined ? picture : { ...picture, overview: this.#overview }
  }

  /** @throws EngineError */
  async done(): Promise<Imported> {
    const timer = setInterval(() => this.#tell(), PROGRESS_MS)
    try {
      return await this.#import()
    } catch (thrown) {
      throw asDiskError(thrown, this.#question.folder)
    } finally {
      clearInterval(timer)
      this.#storage.close()
    }
  }

  async #import(): Promise<Imported> {
    const { path } = this.#question
    const before = await stat(path)
    this.#bytesTotal = before.size
    const { format, compressed, reader } = await this.#recognise()
    if (reader.from === 'tables') await this.#lookOver(reader, path)
    const hashing = this.#hash(before.size) // from here on, so that it takes nothing from what is told early
    hashing.catch(() => {}) // told below, when it is awaited
    await this.#read(reader, compressed)
    const stopped = this.#asked.stop.aborted
    if (stopped && this.#builder.slices === 0) throw new EngineError('CANCELLED', 'Cancelled before anything was read')
    this.#enter('indexing')
    await turn()
    const manifest = await this.#finish(stopped || this.#state.cutOff !== undefined)
    this.#enter('summing up')
    await turn()
    this.#storage.close() // what waits is written: the thread opens the same files
    const facts = manifest.slices < THREAD_FROM_SLICES ? undefined : factsInThread(this.#question.folder)
    facts?.catch(() => {}) // told below, when it is awaited
    const index = openIndex(this.#storage)
    const sha256 = await hashing
    if ((await stat(path)).mtimeMs !== before.mtimeMs) throw changed(path)
    const { origin } = manifest
    const { tool, toolVersion, baseUnixNs, rank, worldSize, job } = origin
    const source = {
      path,
      bytes: before.size,
      sha256,
      format: format.id,
      tool,
      ...(toolVersion === undefined ? {} : { toolVersion }),
      ...(baseUnixNs === undefined ? {} : { baseUnixNs }),
      ...(rank === undefined ? {} : { rank }),
      ...(worldSize === undefined ? {} : { worldSize }),
      ...(job === undefined ? {} : { job }),
    }
    const imported: Imported = {
      summary: summarize(index, source),
      facts: (await facts) ?? traceFacts(index),
      coarse: coarseOf(index),
      originFacts: origin.facts,
      stopped,
    }
    this.#storage.close()
    this.#keep(imported)
    return imported
  }

  /** In steps, so that what is asked meanwhile is answered. */
  async #finish(partial: boolean): Promise<IndexManifest> {
    const finishing = this.#builder.finishing({ partial })
    for (let turnedMs = performance.now(); ; ) {
      const step = finishing.next()
      if (step.done === true) return step.value
      this.#fraction = step.value
      if (performance.now() - turnedMs < TURN_MS) continue
      await turn()
      turnedMs = performance.now()
    }
  }

  async #recognise(): Promise<{ format: Format<'trace'>; compressed: boolean; reader: TraceReader }> {
    const source = await openFileSource(this.#question.path)
    try {
      const head = await traceHead(source)
      const format = traceFormatOf(this.#question.path, head)
      return { format, compressed: head.compressed, reader: await format.read(source, this.#asked.stop) }
    } finally {
      await source.close()
    }
  }

  /** What was read before a stop or the end of a damaged file stands. */
  async #read(reader: TraceReader, compressed: boolean): Promise<void> {
    const { stop } = this.#asked
    try {
      if (reader.from === 'bytes') await reader.read(this.#bytes(compressed), this.#builder, stop)
      else if (reader.from === 'tables') await this.#readTables(reader, this.#question.path)
      else await this.#readExport(reader)
    } catch (thrown) {
      if (!stop.aborted) throw thrown
    }
    const { cutOff } = this.#state
    if (cutOff !== undefined) this.#builder.unread(CUT_OFF, cutOff)
  }

  #bytes(compressed: boolean) {
    const file = fileBytes(this.#question.path, this.#state)
    if (!compressed) return file
    return keptText(inflatedBytes(file, this.#state), join(this.#question.folder, FILES.text))
  }

  async #lookOver(reader: Extract<TraceReader, { from: 'tables' }>, path: string): Promise<void> {
    const { overview, whyNot } = await lookOver(reader, path, this.#asked.stop)
    if (whyNot !== undefined) this.#builder.notice(`No figures came early: ${whyNot}`)
    if (overview === undefined) return
    this.#overview = overview
    this.#asked.news({ type: 'overview', overview } satisfies ImportNews)
  }

  async #readTables(reader: Extract<TraceReader, { from: 'tables' }>, path: string): Promise<void> {
    const tables = openTables(path, {
      onRead: bytes => {
        this.#state.bytesRead += bytes
      },
    })
    if (tables.slowBecause !== undefined) this.#builder.notice(`Read through SQLite, slowly: ${tables.slowBecause}`)
    try {
      await reader.read(tables, this.#builder, this.#asked.stop)
    } finally {
      tables.close()
    }
  }

  async #readExport({ toolVersion }: Extract<TraceReader, { from: 'export' }>): Promise<void> {
    const { path, folder, nsys } = this.#question
    this.#enter('exporting')
    const database = join(folder, FILES.export)
    await exportReport(path, database, { nsys, toolVersion, signal: this.#asked.stop })
    this.#enter('reading')
    this.#bytesTotal = (await stat(database)).size
    const source = await openFileSource(database)
    try {
      const reader = await traceFormatOf(database, await traceHead(source)).read(source, this.#asked.stop)
      if (reader.from !== 'tables') throw new EngineError('INTERNAL', 'nsys exported something else than a database')
      await this.#lookOver(reader, database)
      await this.#readTables(reader, database)
    } finally {
      await source.close()
    }
  }

  async #hash(bytes: number): Promise<string> {
    const { path, sha256 } = this.#question
    if (sha256 !== undefined) return sha256
    const found = await hashFile(path, bytes)
    this.#asked.news({ type: 'hash', sha256: found } satisfies ImportNews)
    return found
  }

  /** What a later import of the same content finds. Written last: a folder with it is whole. */
  #keep({ coarse, ...result }: Imported): void {
    const { folder } = this.#question
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, FILES.coarse), coarse)
    writeFileSync(join(folder, FILES.result), JSON.stringify(result))
  }

  #enter(phase: Phase): void {
    if (this.#phase === 'reading') this.#lastPreview = this.#builder.preview()
    this.#phase = phase
    this.#fraction = undefined
    this.#tell()
  }

  #tell(): void {
    this.#asked.news({
      type: 'progress',
      phase: this.#phase,
      bytesRead: this.#state.bytesRead,
      bytesTotal: this.#bytesTotal,
      slices: this.#builder.slices,
      ...(this.#fraction === undefined ? {} : { fraction: this.#fraction }),
    } satisfies ImportNews)
  }
}

/** Lets messages in and out before a long stretch of work. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function changed(path: string): EngineError {
  return new EngineError('FILE_UNREADABLE', 'The trace changed while it was read', {
    where: path,
    hint: 'Wait until the program that writes it is done, then import it again.',
  })
}
