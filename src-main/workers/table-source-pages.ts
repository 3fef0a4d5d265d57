import { readSync } from 'node:fs'
import type { TableSource } from '#domain/trace-feed.ts'
import { type RecordColumn, RecordDecoder, varintAt, varintLength } from './table-source-record.ts'

/**
 * Rows of a SQLite table read from its b-tree pages, without SQLite: several times as many rows a second as through its
 * driver. Source: sqlite.org/fileformat2.html §1.3 (header), §1.6 (b-tree pages), §1.5 (overflow).
 */

export const BATCH_ROWS = 8192
/** Pages read at a time, and how many unwanted ones in between are read along. */
const RUN_BYTES = 1 << 20
const MAX_GAP_PAGES = 8
const MAX_DEPTH = 20
const TABLE_LEAF = 13
const TABLE_INTERIOR = 5
/** Between two looks at the event loop. */
const TURN_MS = 30

export interface PageFile {
  fd: number
  pageSize: number
  /** Page size less the reserved bytes at its end. */
  usable: number
  pages: number
}

/** A file of pages, and who wants to know how much of it was read. */
export interface ReadPages extends PageFile {
  onRead(bytes: number): void
}

/** @returns why the file cannot be read page by page, or how to */
export function pageFileOf(fd: number, fileBytes: number): PageFile | string {
  const head = new Uint8Array(100)
  if (readSync(fd, head, 0, 100, 0) < 100) return 'the file is shorter than a header'
  const view = new DataView(head.buffer)
  if (new TextDecoder().decode(head.subarray(0, 15)) !== 'SQLite format 3') return 'no SQLite header'
  const told = view.getUint16(16)
  const pageSize = told === 1 ? 65_536 : told
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return `page size ${pageSize}`
  const reserved = head[20] ?? 0
  if (pageSize - reserved < 480) return `${reserved} reserved bytes in a page`
  if (head[18] === 2 || head[19] === 2) return 'write-ahead log'
  if ((head[19] ?? 0) > 2) return `file format ${head[19]}`
  if (view.getUint32(56) !== 1) return 'text is not UTF-8'
  return { fd, pageSize, usable: pageSize - reserved, pages: Math.floor(fileBytes / pageSize) }
}

export interface PageScanResult {
  rows: number
  /** Pages and rows that could not be read. */
  damaged: number
  firstDamage?: string
}

type OnBatch = Parameters<TableSource['scan']>[2]

export async function scanPages(
  file: ReadPages,
  rootPage: number,
  columns: readonly RecordColumn[],
  onBatch: OnBatch,
  stopWhenAsked: () => void,
): Promise<PageScanResult> {
  const scan = new PageScan(file, columns, onBatch)
  let turnAt = performance.now()
  for (const run of scan.leafRuns(rootPage)) {
    scan.readRun(run)
    file.onRead(run.length * file.pageSize)
    if (performance.now() - turnAt > TURN_MS) {
      await new Promise(resolve => setImmediate(resolve))
      stopWhenAsked()
      turnAt = performance.now()
    }
  }
  scan.flush()
  return scan.result
}

class PageScan {
  readonly result: PageScanResult = { rows: 0, damaged: 0 }
  readonly #file: PageFile
  readonly #decoder: RecordDecoder
  readonly #rowIds = new Float64Array(BATCH_ROWS)
  readonly #onBatch: OnBatch
  readonly #buffer: Uint8Array
  #row = 0
  #visited = 0

  constructor(file: PageFile, columns: readonly RecordColumn[], onBatch: OnBatch) {
    this.#file = file
    this.#decoder = new RecordDecoder(columns, BATCH_ROWS)
    this.#onBatch = onBatch
    this.#buffer = new Uint8Array(Math.max(RUN_BYTES, file.pageSize))
  }

  flush(): void {
    if (this.#row > 0) this.#onBatch(this.#decoder.out, this.#rowIds, this.#row)
    this.#row = 0
  }

  /** Leaf pages in key order, cut into runs that can be read at once. */
  *leafRuns(rootPage: number): Generator<number[]> {
    const depth = this.#depth(rootPage)
    if (depth === undefined) return
    let run: number[] = []
    for (const page of this.#leaves(rootPage, depth)) {
      const first = run[0]
      const last = run.at(-1)
      const fits =
        first !== undefined &&
        last !== undefined &&
        page > last &&
        page - last <= MAX_GAP_PAGES &&
        (page - first + 1) * this.#file.pageSize <= this.#buffer.length
      if (!fits && run.length > 0) {
        yield run
        run = []
      }
      run.push(page)
    }
    if (run.length > 0) yield run
  }

  readRun(run: readonly number[]): void {
    const { pageSize, fd } = this.#file
    const first = run[0] ?? 1
    const bytes = ((run.at(-1) ?? first) - first + 1) * pageSize
    const read = readSync(fd, this.#buffer, 0, bytes, (first - 1) * pageSize)
    for (const page of run) {
      const base = (page - first) * pageSize
      if (base + pageSize > read) this.#damage(`page ${page}`)
      else this.#readLeaf(this.#buffer, base, page)
    }
  }

  /** How many interior levels lie above the leaves: a b-tree is as deep everywhere. */
  #depth(rootPage: number): number | undefined {
    let page = rootPage
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const bytes = this.#page(page)
      if (bytes?.[0] === TABLE_LEAF) return depth
      if (bytes?.[0] !== TABLE_INTERIOR) break
      page = this.#children(bytes)[0] ?? 0
    }
    this.#damage(`page ${page}`)
    return undefined
  }

  *#leaves(page: number, depth: number): Generator<number> {
    // No tree has more pages than the file: a damaged one might point in circles.
    if (++this.#visited > this.#file.pages) {
      if (this.#visited === this.#file.pages + 1) this.#damage(`page ${page}: the tree points in circles`)
      return
    }
    if (depth === 0) {
      if (page < 2 || page > this.#file.pages) this.#damage(`page ${page}: not in the file`)
      else yield page
      return
    }
    const bytes = this.#page(page)
    if (bytes?.[0] !== TABLE_INTERIOR) {
      this.#damage(`page ${page}`)
      return
    }
    for (const child of this.#children(bytes)) yield* this.#leaves(child, depth - 1)
  }

  /** Pages below an interior page, the right-most last. */
  #children(bytes: Uint8Array): number[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const cells = view.getUint16(3)
    const children: number[] = []
    for (let i = 0; i < cells; i++) {
      const pointerAt = 12 + 2 * i
      const at = pointerAt + 2 <= this.#file.usable ? view.getUint16(pointerAt) : 0
      if (at >= 12 && at + 4 <= this.#file.usable) children.push(view.getUint32(at))
      else this.#damage('interior page')
    }
    children.push(view.getUint32(8))
    return children
  }

  #page(page: number): Uint8Array | undefined {
    if (page < 1 || page > this.#file.pages) return undefined
    const bytes = new Uint8Array(this.#file.pageSize)
    const read = readSync(this.#file.fd, bytes, 0, bytes.length, (page - 1) * this.#file.pageSize)
    return read === bytes.length ? bytes : undefined
  }

  #readLeaf(bytes: Uint8Array, base: number, page: number): void {
    const { usable } = this.#file
    if (bytes[base] !== TABLE_LEAF) {
      this.#damage(`page ${page}`)
      return
    }
    const end = base + usable
    const cells = ((bytes[base + 3] ?? 0) << 8) | (bytes[base + 4] ?? 0)
    for (let i = 0; i < cells; i++) {
      const pointerAt = base + 8 + 2 * i
      const offset = pointerAt + 2 <= end ? ((bytes[pointerAt] ?? 0) << 8) | (bytes[pointerAt + 1] ?? 0) : 0
      if (offset < 8 || offset >= usable) this.#damage(`page ${page}`)
      else this.#readCell(bytes, base + offset, end, page)
    }
  }

  #readCell(bytes: Uint8Array, cellAt: number, pageEnd: number, page: number): void {
    const decoder = this.#decoder
    let at = cellAt
    let payload = bytes[at++] ?? 0
    if (payload >= 0x80) {
      payload = varintAt(bytes, cellAt)
      at = cellAt + varintLength(bytes, cellAt)
    }
    let rowId = bytes[at++] ?? 0
    if (rowId >= 0x80) {
      rowId = varintAt(bytes, at - 1)
      at += varintLength(bytes, at - 1) - 1
    }
    const local = payload <= this.#file.usable - 35 ? payload : localBytes(payload, this.#file.usable)
    if (payload < 1 || at + local + (payload > local ? 4 : 0) > pageEnd) {
      this.#damage(`page ${page}`)
      return
    }
    const row = this.#row
    let result = decoder.decode(bytes, at, at + local, payload, rowId, row)
    if (result === 'needs-overflow') {
      const record = this.#assemble(bytes, at, local, payload)
      result = record === undefined ? 'damaged' : decoder.decode(record, 0, payload, payload, rowId, row)
    }
    if (result !== 'ok') {
      this.#damage(`page ${page}, row ${rowId}`)
      return
    }
    this.#rowIds[row] = rowId
    this.result.rows++
    if (++this.#row === BATCH_ROWS) this.flush()
  }

  /** A record whose end lies on overflow pages. */
  #assemble(bytes: Uint8Array, at: number, local: number, payload: number): Uint8Array | undefined {
    const { usable, pages, pageSize } = this.#file
    if (payload > pages * pageSize) return undefined
    const record = new Uint8Array(payload)
    record.set(bytes.subarray(at, at + local))
    let filled = local
    const link = at + local
    let next = new DataView(bytes.buffer, bytes.byteOffset + link, 4).getUint32(0)
    while (filled < payload) {
      const page = next === 0 ? undefined : this.#page(next)
      if (page === undefined) return undefined
      const part = Math.min(usable - 4, payload - filled)
      record.set(page.subarray(4, 4 + part), filled)
      filled += part
      next = new DataView(page.buffer).getUint32(0)
    }
    return record
  }

  #damage(where: string): void {
    this.result.damaged++
    this.result.firstDamage ??= where
  }
}

/** How much of a large record stays on its leaf page. */
function localBytes(payload: number, usable: number): number {
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const fitting = least + ((payload - least) % (usable - 4))
  return fitting <= usable - 35 ? fitting : least
}
