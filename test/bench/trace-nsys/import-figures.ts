import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Service } from '../../../native-tools/start-service.ts'
import type { TraceOverview } from '../../../src-main/domain/trace-overview.ts'
import { TRACE_NODE_FLAGS } from '../../../src-main/trace-cache/trace-process.ts'
import { Imported, ImportNews, type TraceQuestion } from '../../../src-main/workers/trace-protocol.ts'

/** A moment of an import; CPU and memory are those of the importing process since its start. */
export interface Moment {
  wallMs: number
  cpuMs: number
  peakMiB: number
}

export interface ImportFigures {
  early: Moment & { overview: TraceOverview }
  whole: Moment & { imported: Imported }
}

/** `getconf CLK_TCK` of every Linux there is. */
const TICKS_PER_SEC = 100

/** A database imported as the app does, in a fresh process; both moments counted from before its start. */
export async function importFigures(path: string): Promise<ImportFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-import-'))
  const startMs = performance.now()
  const service = new Service('trace-service', { nodeFlags: TRACE_NODE_FLAGS })
  const now = () => ({ wallMs: performance.now() - startMs, ...costOf(service.pid) })
  let early: ImportFigures['early'] | undefined
  try {
    const question: TraceQuestion = { type: 'import', path, folder }
    const imported = await service.ask(question, Imported, {
      news: {
        schema: ImportNews,
        on(news) {
          if (news.type === 'overview') early = { ...now(), overview: news.overview }
        },
      },
    })
    if (early === undefined) throw new Error('no overview came')
    return { early, whole: { ...now(), imported } }
  } finally {
    service.end()
    await service.ended
    rmSync(folder, { recursive: true, force: true })
  }
}

function costOf(pid: number | undefined): { cpuMs: number; peakMiB: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // User and system time are the 14th and 15th of all fields; the name in brackets may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const peakKiB = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuMs: ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC) * 1000, peakMiB: Number(peakKiB) / 1024 }
}
