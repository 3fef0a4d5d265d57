import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { rowOf } from '#formats/nsys/places.ts'
import { MAX_EVENT_BYTES, readEventAt } from '#formats/trace-json/read-event.ts'
import { type FileSource, openFileSource } from '../models/file-source.ts'
import { FILES } from '../trace-cache/cache-folder.ts'
import { type OpenTables, openTables } from './table-source.ts'
import { isGzip } from './trace-bytes.ts'
import { KeptText } from './trace-text.ts'

/** Most events are far smaller; a larger one is read again whole. */
const FIRST_BYTES = 64 * 1024

/** All that a source says of one slice, read again when it is asked for. */
export interface SliceArguments {
  /** @param source as the index keeps it: offset of the event, or table and row */
  of(source: number): Promise<[string, string][]>
  close(): Promise<void>
}

/**
 * @param folder of the index, where the text of a compressed source and an export lie
 * @param sourcePath where the source is now, its content the one that was read
 * @returns undefined when the source is not there and nothing was kept of it
 */
export async function openArguments(
  folder: string,
  sourcePath: string | undefined,
): Promise<SliceArguments | undefined> {
  const text = join(folder, FILES.text)
  if (existsSync(`${text}.blocks`)) return eventsIn(await KeptText.open(text))
  const exported = join(folder, FILES.export)
  if (existsSync(exported)) return rowsIn(openTables(exported))
  if (sourcePath === undefined) return undefined
  const file = await openFileSource(sourcePath)
  const head = await file.read(0, 16)
  if (new TextDecoder().decode(head) === 'SQLite format 3\0') {
    await file.close()
    return rowsIn(openTables(sourcePath))
  }
  if (!isGzip(head)) return eventsIn(file)
  await file.close()
  return undefined // its text was not kept: the index is of an older version
}

function eventsIn(text: Pick<FileSource, 'read' | 'close'>): SliceArguments {
  return {
    async of(source) {
      const first = readEventAt(await text.read(source, FIRST_BYTES))
      return first.length > 0 ? first : readEventAt(await text.read(source, MAX_EVENT_BYTES))
    },
    close: () => text.close(),
  }
}

function rowsIn(tables: OpenTables): SliceArguments {
  return {
    of: async source => rowOf(tables, source),
    close: async () => tables.close(),
  }
}
