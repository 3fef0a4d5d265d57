import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FORMATS } from '../../../src-main/catalog.ts'
import { readHead } from '../../../src-main/formats/define.ts'
import { nsysReport } from '../../../src-main/formats/nsys-report.ts'
import { nsysSqlite } from '../../../src-main/formats/nsys-sqlite.ts'
import { SqlDatabase } from '../../../src-main/sqlite.ts'
import { memorySource } from '../../helpers/bytes.ts'
import { madeDatabase, strings } from '../../helpers/nsys/made.ts'
import { NSYS_DATABASES } from '../../helpers/nsys/stats-csv.ts'
import { sampleBytes, withoutSamples } from '../../helpers/samples.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const bytesOf = (path: string) => new Uint8Array(readFileSync(path))
const text = (words: string) => new TextEncoder().encode(words)
const claims = async (bytes: Uint8Array) => {
  const head = await readHead(memorySource(bytes, 'a name that says nothing'))
  return FORMATS.filter(format => format.sniff(head)).map(({ id }) => id)
}

describe('claimed by content', () => {
  test.each(NSYS_DATABASES)('%s', async path => expect(await claims(bytesOf(path))).toEqual(['nsys-sqlite']))

  test('a made database, but never a session of ours', async () => {
    expect(await claims(bytesOf(madeDatabase({ StringIds: strings('k') })))).toEqual(['nsys-sqlite'])
    const path = join(tempFolder(), 'session.bscope')
    const session = new SqlDatabase(path, { create: true })
    session.exec(`PRAGMA application_id = ${0x42_53_63_70}; CREATE TABLE t (a)`)
    session.close()
    expect(await claims(bytesOf(path))).toEqual([])
    expect(await nsysSqlite.read(memorySource(bytesOf(path)))).toMatchObject({ from: 'tables' })
  })
})

describe('reports', () => {
  test.skipIf(withoutSamples)('a recorded one of 2022 does not tell its version', async () => {
    const bytes = withoutSamples ? new Uint8Array() : sampleBytes('nsys/gpu_2022.4.2_t4_vecadd.nsys-rep')
    expect(await claims(bytes)).toEqual(['nsys-report'])
    expect(await nsysReport.read(memorySource(bytes))).toEqual({ from: 'export', tool: 'nsys' })
  })

  test('one of 2023 does', async () => {
    const bytes = text('NVIDIA Tegra Profiler Report 2023@4@4@54-234433681190v0.\n\u000bLocal (CLI)')
    expect(await claims(bytes)).toEqual(['nsys-report'])
    expect(await nsysReport.read(memorySource(bytes))).toEqual({
      from: 'export',
      tool: 'nsys',
      toolVersion: '2023.4.4',
    })
  })

  test('a raw recording is named for what it is, with the way out', async () => {
    // First bytes of a real .qdstrm of nsys 2022.4.2.
    const bytes = text('U3w[END]NVIDIA Nsight Systems Stream 2022.4.2.1-df9881f!\n\u0000\u0001')
    expect(await claims(bytes)).toEqual(['nsys-report'])
    await expect(nsysReport.read(memorySource(bytes, 'x.qdstrm'))).rejects.toMatchObject({
      code: 'FORMAT_UNKNOWN',
      data: { where: 'x.qdstrm', hint: expect.stringMatching(/nsys 2022\.4\.2 .*QdstrmImporter/) },
    })
  })
})
