import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Service } from '../../../native-tools/start-service.ts'
import { TRACE_NODE_FLAGS } from '../../../src-main/trace-cache/trace-process.ts'
import { ANSWERS, Imported, type TraceQuestion } from '../../../src-main/workers/trace-protocol.ts'

/** What one import cost; CPU and memory are those of the importing process, Linux only. */
export interface ImportCost {
  wallMs: number
  cpuMs: number
  peakMiB: number
  /** From the start of the process to the first preview with something in it. */
  firstPictureMs: number
}

const LOOK_EVERY_MS = 25
/** `getconf CLK_TCK` of every Linux there is. */
const TICKS_PER_SEC = 100

/** Imports the file as the app does, in a fresh process with a cold cache folder. */
export async function importOnce(path: string): Promise<ImportCost & { imported: Imported }> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-import-once-'))
  const startMs = performance.now()
  const service = new Service('trace-service', { nodeFlags: TRACE_NODE_FLAGS })
  try {
    const question: TraceQuestion = { type: 'import', path, folder }
    const importing = service.ask(question, Imported)
    const firstPictureMs = await firstPicture(service, importing, startMs)
    const imported = await importing
    const wallMs = performance.now() - startMs
    return { wallMs, firstPictureMs, ...costOf(service.pid), imported }
  } finally {
    service.end()
    await service.ended
    rmSync(folder, { recursive: true, force: true })
  }
}

async function firstPicture(service: Service, importing: Promise<Imported>, startMs: number): Promise<number> {
  let over = false
  const ended = () => {
    over = true
  }
  importing.then(ended, ended)
  while (!over) {
    const preview: TraceQuestion = { type: 'query', name: 'preview', input: {} }
    const { cells } = await service.ask(preview, ANSWERS.preview)
    if (Object.values(cells).some(column => column.length > 0)) return performance.now() - startMs
    await sleep(LOOK_EVERY_MS)
  }
  return performance.now() - startMs
}

function costOf(pid: number | undefined): Pick<ImportCost, 'cpuMs' | 'peakMiB'> {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Fields after the name in brackets, which may hold spaces: user and system time are the 14th and 15th of all.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const peakKiB = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpuMs: (ticks / TICKS_PER_SEC) * 1000, peakMiB: Number(peakKiB) / 1024 }
}
