import { CATEGORY } from '#domain/trace-category.ts'
import { NONE } from '#domain/trace-feed.ts'
import {
  at,
  columnOr,
  durationOf,
  eachBatch,
  has,
  isTimed,
  known,
  type NsysFeed,
  PROCESS,
  readOr,
  THREAD,
} from './feed.ts'
import { placesOf } from './places.ts'
import { UNNAMED } from './string-ids.ts'

/** NVTX event types; 65, 70 and 71 are the same from an imported NVTX text log. */
const MARKS = new Set([34, 65])
const PUSH_POP = new Set([59, 70])
const START_END = new Set([60, 71])
const DOMAIN_CREATE = 75
/** Of categories, threads, domains: they name things and are no events. */
const NAMES = new Set([33, 39, 64, 72, 73, 74, 75, 76, 97, 98, 99])

const MAX_DOMAINS = 100_000
const TABLE = 'NVTX_EVENTS'

/**
 * NVTX ranges: push/pop on a track a thread and domain, start/end ranges, which overlap freely, on tracks of kind
 * 'async', marks as points. Named as `nsys stats` does, "domain:name"; a range that was never closed ends with the
 * last stamp of the table, as there.
 */
export async function readNvtx(feed: NsysFeed): Promise<void> {
  const { tables, sink, strings, tracks, tally } = feed
  if (!tables.tables.has(TABLE)) return
  const domains = readOr(sink, () => domainsOf(feed), new Map())
  const lastNs = readOr(sink, () => lastStamp(feed), Number.NaN)
  const places = placesOf(TABLE)
  const prefixed = new Map<string, Map<number, number>>()
  const wanted = {
    start: 'start',
    end: 'end',
    type: 'eventType',
    text: 'textId',
    domain: 'domainId',
    scope: { column: 'globalTid', ...PROCESS },
    thread: { column: 'globalTid', ...THREAD },
  } as const
  await eachBatch(feed, TABLE, wanted, ({ start, end, type, text, domain, scope, thread }, rowIds, count) => {
    strings.load(text, count)
    const inline = readOr(sink, () => inlineTexts(feed, text, type, rowIds, count), new Map<number, string>())
    for (let i = 0; i < count; i++) {
      const rowId = at(rowIds, i)
      const eventType = at(type, i)
      const isMark = MARKS.has(eventType)
      const isPushPop = PUSH_POP.has(eventType)
      if (!isMark && !isPushPop && !START_END.has(eventType)) {
        if (!NAMES.has(eventType)) sink.unread(`NVTX event type ${eventType}`, `${TABLE} row ${rowId}`)
        continue
      }
      const from = at(start, i)
      let to = isMark ? from : at(end, i)
      if (Number.isNaN(to) && !Number.isNaN(from)) {
        to = Math.max(from, lastNs)
        tally.add('NVTX ranges were never closed; they end with the last NVTX event, as in nsys stats')
      }
      if (!isTimed(feed, TABLE, rowId, from, to)) continue
      const process = at(scope, i)
      const domainName = domains.get(process)?.get(at(domain, i)) ?? ''
      const id = at(text, i)
      const words = inline.get(rowId)
      const name =
        words === undefined
          ? known(
              known(prefixed, domainName, () => new Map<number, number>()),
              id,
              () => sink.name(withDomain(domainName, strings.text(id))),
            )
          : sink.name(withDomain(domainName, words))
      sink.slice(
        tracks.ofThread(isMark ? 'mark' : isPushPop ? 'nvtx' : 'async', process, at(thread, i), domainName),
        from,
        durationOf(feed, from, to),
        name,
        isMark ? CATEGORY.other : CATEGORY.nvtx,
        NONE,
        NONE,
        NONE,
        places + rowId,
      )
    }
  })
}

function withDomain(domain: string, text: string): string {
  const named = text === '' ? UNNAMED : text
  return domain === '' ? named : `${domain}:${named}`
}

/** Names of domains by process, then id. The default domain, 0, has none. */
function domainsOf({ tables, strings }: NsysFeed): Map<number, Map<number, string>> {
  const domains = new Map<number, Map<number, string>>()
  if (!['domainId', 'globalTid', 'eventType'].every(column => has(tables, TABLE, column))) return domains
  for (const row of tables.rows(
    `SELECT globalTid >> 24 AS scope, domainId, ${inlineColumn(tables)} AS text, ${columnOr(tables, TABLE, 'textId')} AS textId FROM ${TABLE}
     WHERE eventType = ${DOMAIN_CREATE} ORDER BY ${columnOr(tables, TABLE, 'start')} LIMIT ${MAX_DOMAINS}`,
  )) {
    const { scope, domainId, text } = row
    if (typeof scope !== 'number' || typeof domainId !== 'number') continue
    const name = text === null ? (typeof row.textId === 'number' ? strings.textOf(row.textId) : '') : String(text)
    const ofProcess = known(domains, scope, () => new Map<number, string>())
    if (!ofProcess.has(domainId)) ofProcess.set(domainId, name)
  }
  return domains
}

function inlineColumn(tables: NsysFeed['tables']): string {
  return has(tables, TABLE, 'text') ? 'substr(text, 1, 65536)' : 'NULL'
}

function lastStamp({ tables }: NsysFeed): number {
  if (!has(tables, TABLE, 'end') || !has(tables, TABLE, 'start')) return Number.NaN
  const row = tables.rows(`SELECT max(start) AS start, max("end") AS "end" FROM ${TABLE}`)[0]
  const stamps = [row?.start, row?.end].filter(value => typeof value === 'number')
  return stamps.length === 0 ? Number.NaN : Math.max(...stamps)
}

/** Texts that stand in the rows themselves, by rowid; those of a batch in one query. */
function inlineTexts(
  { tables }: NsysFeed,
  textIds: Float64Array,
  types: Float64Array,
  rowIds: Float64Array,
  count: number,
): Map<number, string> {
  const texts = new Map<number, string>()
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    if (!Number.isNaN(at(textIds, i)) || NAMES.has(at(types, i))) continue
    first = Math.min(first, at(rowIds, i))
    last = Math.max(last, at(rowIds, i))
  }
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || !has(tables, TABLE, 'text')) return texts
  const noId = has(tables, TABLE, 'textId') ? 'AND textId IS NULL' : ''
  for (const { id, text } of tables.rows(
    `SELECT _rowid_ AS id, ${inlineColumn(tables)} AS text FROM ${TABLE}
     WHERE _rowid_ BETWEEN ${first} AND ${last} ${noId}`,
  )) {
    if (typeof id === 'number' && text !== null) texts.set(id, String(text))
  }
  return texts
}
