import { formatBytes } from '#domain/display.ts'
import type { Progress } from '#domain/run.ts'
import type { TraceOverview } from '#domain/trace-overview.ts'
import { overviewText } from '#domain/trace-text.ts'
import type { ImportNews } from '../workers/trace-protocol.ts'

const MIN_INTERVAL_MS = 200
/** The rate is that of the last seconds: a first guess from the start would never be forgotten. */
const RATE_WINDOW_MS = 3000

type News = Extract<ImportNews, { type: 'progress' }>

/** Shares of the work, as measured on a PyTorch trace of 600 MB: where each phase begins, and its part. */
const READING_SHARE = 0.65
const AFTER_READING = { indexing: [0.65, 0.1], 'summing up': [0.75, 0.25] } as const

/** Bytes, events, rate and time left in words, at most five times a second. */
export class ImportProgress {
  readonly #tell: (progress: Progress) => void
  readonly #now: () => number
  #seen: { atMs: number; bytes: number }[] = []
  #lastMs = -Infinity
  #lastPhase = ''
  #known: { known?: string } = {}

  constructor(tell: (progress: Progress) => void, now = () => performance.now()) {
    this.#tell = tell
    this.#now = now
  }

  tell(news: News): void {
    const nowMs = this.#now()
    const { phase, bytesRead } = news
    this.#seen.push({ atMs: nowMs, bytes: bytesRead })
    while (this.#seen.length > 2 && nowMs - (this.#seen[0]?.atMs ?? 0) > RATE_WINDOW_MS) this.#seen.shift()
    if (nowMs - this.#lastMs < MIN_INTERVAL_MS && phase === this.#lastPhase) return
    this.#lastMs = nowMs
    this.#lastPhase = phase
    const now = phase === 'reading' ? this.#reading(news, nowMs) : { phase: words(news), ...fractionOf(news) }
    this.#tell({ ...now, ...this.#known })
  }

  /** Said at once, and from then on. */
  overview(overview: TraceOverview): void {
    const known = overviewText(overview)
    if (known === undefined) return
    this.#known = { known }
    this.#tell({ phase: 'reading', fraction: 0, known })
  }

  #reading(news: News, nowMs: number): Progress {
    const { bytesRead, bytesTotal, slices } = news
    const first = this.#seen[0]
    const bytesPerMs = first === undefined ? 0 : (bytesRead - first.bytes) / Math.max(1, nowMs - first.atMs)
    const etaMs = bytesPerMs > 0 ? (bytesTotal - bytesRead) / bytesPerMs / READING_SHARE : undefined
    const rate = bytesPerMs > 0 ? [`${formatBytes(bytesPerMs * 1000)}/s`] : []
    const done = `${formatBytes(bytesRead)} of ${formatBytes(bytesTotal)}`
    return {
      phase: ['reading', [done, `${slices.toLocaleString('en')} events`, ...rate].join(', ')].join(' '),
      ...fractionOf(news),
      ...(etaMs === undefined ? {} : { etaMs: Math.max(0, etaMs) }),
    }
  }
}

function words({ phase, slices }: News): string {
  const said = { exporting: 'nsys exports the report', indexing: 'putting in order', 'summing up': 'summing up' }
  const events = phase === 'exporting' ? '' : ` ${slices.toLocaleString('en')} events`
  return phase === 'reading' ? phase : `${said[phase]}${events}`
}

function fractionOf({ phase, fraction, bytesRead, bytesTotal }: News): { fraction?: number } {
  if (phase === 'exporting') return {}
  if (phase !== 'reading') {
    const [from, part] = AFTER_READING[phase]
    return { fraction: from + part * (fraction ?? 0) }
  }
  const share = fraction ?? (bytesTotal > 0 ? bytesRead / bytesTotal : 0)
  return { fraction: READING_SHARE * Math.min(1, Math.max(0, share)) }
}
