import { defineFormat, type FileHead } from './define.ts'
import { nsysOverview } from './nsys/overview.ts'
import { readNsys } from './nsys/reader.ts'

/** "BScp": a session of ours is SQLite too (docs/session-format.md). */
const SESSION_ID = [0x42, 0x53, 0x63, 0x70]

/** What `nsys export --type=sqlite` writes, schemas of 2021 to 2026. Any other SQLite database is named for what it is. */
export const nsysSqlite = defineFormat({
  id: 'nsys-sqlite',
  title: 'Nsight Systems database (SQLite)',
  gives: 'trace',
  extensions: ['.sqlite', '.sqlite3', '.db'],
  sniff: head => isSqlite(head) && !SESSION_ID.every((byte, i) => head.bytes[68 + i] === byte),
  async read(_source, signal) {
    signal?.throwIfAborted()
    return { from: 'tables', read: readNsys, overview: nsysOverview }
  },
})

function isSqlite({ bytes }: FileHead): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 16)) === 'SQLite format 3\0'
}
