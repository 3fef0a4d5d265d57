import { onTestFinished } from 'vitest'
import { readNsys } from '../../../src-main/formats/nsys/reader.ts'
import { openTables } from '../../../src-main/workers/table-source.ts'
import { RecordingSink } from '../recording-sink.ts'

/** Everything the reader tells of an nsys database; for small ones. */
export async function readDatabase(path: string, { pageByPage = true } = {}): Promise<RecordingSink> {
  const tables = openTables(path, { pageByPage })
  onTestFinished(() => tables.close())
  const sink = new RecordingSink()
  await readNsys(tables, sink)
  return sink
}
