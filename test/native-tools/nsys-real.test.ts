import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { askNsysAbilities } from '../../native-tools/nsys.ts'
import { nsysCaptureArgs } from '../../native-tools/nsys-args.ts'
import { nsysExportProblem } from '../../native-tools/nsys-output.ts'
import { NSYS_PRESETS, NsysCaptureSpec } from '../../src-main/domain/capture-spec.ts'
import { nsysReport } from '../../src-main/formats/nsys-report.ts'
import { memorySource } from '../helpers/bytes.ts'
import { writeLargeDatabase } from '../helpers/nsys/large-database.ts'
import { readDatabase } from '../helpers/nsys/read.ts'
import { exportReport, OLD_NSYS, profile, REAL_NSYS } from '../helpers/nsys/real.ts'
import { csvRecords, expectNsysStats, statsBy } from '../helpers/nsys/stats-csv.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const TIMEOUT_MS = 120_000
const python = (body: string) => ['python3', '-c', body]
const WORK = "import time, os; print('hello'); time.sleep(0.1); open(os.devnull).read()"

/** A report of the real `nsys stats`. */
async function stats(report: string, database: string): Promise<Record<string, string>[]> {
  const argv = [REAL_NSYS ?? '', 'stats', '--quiet', `--report=${report}`, '--format=csv', '--output=-', database]
  const { stdout } = await captureOutput({ argv })
  return csvRecords(stdout.slice(stdout.indexOf('Time (%)')))
}

describe.skipIf(REAL_NSYS === undefined)('real nsys', { timeout: TIMEOUT_MS }, () => {
  test('a captured Python program: what is imported equals `nsys stats` on it', async () => {
    const folder = tempFolder()
    const captured = await profile({ command: python(WORK) }, join(folder, 'report'))
    expect(captured).toMatchObject({ exitCode: 0, report: { path: join(folder, 'report.nsys-rep'), notices: [] } })
    expect(captured.stdout).toContain('hello')
    expect(captured.percents.at(-1)).toBe(100)
    const path = join(folder, 'report.nsys-rep')
    expect(await nsysReport.read(memorySource(new Uint8Array(readFileSync(path))))).toEqual({
      from: 'export',
      tool: 'nsys',
      toolVersion: expect.stringMatching(/^20\d\d\.\d+\.\d+$/),
    })

    const database = join(folder, 'report.sqlite')
    expect((await exportReport(path, database)).exitCode).toBe(0)
    const sink = await readDatabase(database)
    const nsys = await stats('osrt_sum', database)
    expect(nsys.length).toBeGreaterThan(2)
    expectNsysStats(
      statsBy(
        sink.of('osrt'),
        call => call.name,
        call => call.durationNs,
      ),
      nsys,
      'Name',
      'Num Calls',
    )
    expect(sink.told).toMatchObject({ tool: 'Nsight Systems', facts: { program: 'python3', deviceWorkAsked: true } })
    expect(sink.unreadPlaces).toEqual([])
  })

  test('ranges and marks with domains, as nsys records of Python’s threads, equal `nsys stats`', async () => {
    const folder = tempFolder()
    const body =
      'import threading; t = [threading.Thread(target=lambda: sum(range(10**6))) for _ in range(3)]; [x.start() for x in t]; [x.join() for x in t]'
    const captured = await profile({ command: python(body), preset: 'python' }, join(folder, 'report'))
    const database = join(folder, 'report.sqlite')
    expect((await exportReport(captured.report.path ?? '', database)).exitCode).toBe(0)
    const ranges = (await readDatabase(database)).of('nvtx')
    expect(ranges.some(({ name }) => name.startsWith('GIL Trace:'))).toBe(true)
    expectNsysStats(
      statsBy(
        ranges,
        range => range.name,
        range => range.durationNs,
      ),
      await stats('nvtx_sum', database),
      'Range',
      'Instances',
    )
  })

  test('a generated database: real nsys and we give the same figures of it', async () => {
    const path = join(tempFolder(), 'generated.sqlite')
    const truth = writeLargeDatabase(path, 3000)
    const sink = await readDatabase(path)
    const ours = (...categories: ('kernel' | 'runtime')[]) =>
      statsBy(
        sink.of(...categories),
        slice => slice.name,
        slice => slice.durationNs,
      )
    expectNsysStats(ours('kernel'), await stats('cuda_gpu_kern_sum', path), 'Name', 'Instances')
    expectNsysStats(ours('runtime'), await stats('cuda_api_sum', path), 'Name', 'Num Calls')
    expect(ours('kernel').reduce((sum, { totalNs }) => sum + totalNs, 0)).toBe(truth.totalNs)
  })

  test.each(NSYS_PRESETS)('preset %s is taken by nsys as it is, or what it lacks is left out', async preset => {
    const nsys = REAL_NSYS ?? ''
    const abilities = await askNsysAbilities(nsys)
    const output = join(tempFolder(), 'report')
    const { argv } = nsysCaptureArgs(
      NsysCaptureSpec.parse({ tool: 'nsys', preset, command: python(WORK), cudaMemoryUsage: true }),
      { version: undefined, output, abilities },
    )
    const end = await captureOutput({ argv: [nsys, ...argv], timeoutMs: 60_000 })
    expect([end.exitCode, end.stderr.includes('Illegal'), existsSync(`${output}.nsys-rep`)]).toEqual([0, false, true])
  })

  test.each([
    ['exits with 3', 'import sys; sys.exit(3)', 3],
    ['is killed', 'import os; os.kill(os.getpid(), 9)', 137],
  ])('a program that %s: its code is nsys’ code, and the report is there', async (_, body, exitCode) => {
    const captured = await profile({ command: python(body) }, join(tempFolder(), 'report'))
    expect(captured.exitCode).toBe(exitCode)
    expect(existsSync(captured.report.path ?? '')).toBe(true)
  })

  test('a program that is not there is said', async () => {
    const captured = await profile({ command: ['no-such-program-here'] }, join(tempFolder(), 'report'))
    expect(captured.report.problem).toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  test('an output that exists is overwritten; a folder that is not there moves the report, which is said', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'report.nsys-rep'), 'old')
    const captured = await profile({ command: python('pass') }, join(folder, 'report'))
    expect(
      readFileSync(captured.report.path ?? '')
        .subarray(0, 6)
        .toString(),
    ).toBe('NVIDIA')
    const elsewhere = await profile({ command: python('pass') }, join(folder, 'no', 'report'))
    expect(elsewhere.report.notices).toHaveLength(1)
    expect(existsSync(elsewhere.report.path ?? '')).toBe(true)
  })

  test('an interrupt stops the program and keeps what was recorded', async () => {
    const captured = await profile({ command: python('import time; time.sleep(60)') }, join(tempFolder(), 'report'), {
      interruptAfterMs: 3000,
    })
    expect(existsSync(captured.report.path ?? '')).toBe(true)
  })

  test('exports that fail say why', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'junk.nsys-rep'), 'NVIDIA Tegra Profiler Report 2023@4@4@54-x\n'.repeat(50))
    const failed = await exportReport(join(folder, 'junk.nsys-rep'), join(folder, 'out.sqlite'))
    expect(failed.exitCode).toBe(1)
    expect(nsysExportProblem(failed.stderr, 'junk.nsys-rep').code).toMatch(/FORMAT_BROKEN|TOOL_FAILED/)
    const missing = await exportReport(join(folder, 'nope.nsys-rep'), join(folder, 'out.sqlite'))
    expect(nsysExportProblem(missing.stderr, 'nope.nsys-rep').code).toBe('FILE_NOT_FOUND')
  })

  test.skipIf(OLD_NSYS === undefined)(
    'an older nsys cannot open the report, and the message names both versions',
    async () => {
      const folder = tempFolder()
      await profile({ command: python('pass') }, join(folder, 'report'))
      const failed = await exportReport(join(folder, 'report.nsys-rep'), join(folder, 'out.sqlite'), OLD_NSYS)
      const problem = nsysExportProblem(failed.stderr, 'report.nsys-rep', '2022.4.2')
      expect(problem.message).toBe('The report was written by nsys 2023.4.4; the nsys here is 2022.4.2')
    },
  )
})
