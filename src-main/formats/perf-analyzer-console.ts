import { EngineError } from '#domain/errors.ts'
import { countCell, numberCell, wholeCell } from './csv-text.ts'
import { defineFormat, type PointsContent } from './define.ts'
import { ConsolePoint } from './perf-analyzer-console-point.ts'
import { numberedLines, readText } from './text-lines.ts'

const SETTINGS = /^\s*\*\*\* Measurement Settings \*\*\*/
const LEVEL = /^\s*Request (?:concurrency: (\d+)|Rate: ([\d.e+]+) inference requests)/

/** A sweep prints kilobytes, with -v and statistics between its levels megabytes. */
const MAX_LOG_BYTES = 64 * 2 ** 20
/** perf_analyzer's longest lines are errors of a server; longer ones are not its own. */
const MAX_LINE = 20_000

/** Settings kept as facts, by their words in the log. */
const FACTS: readonly (readonly [fact: string, line: RegExp])[] = [
  ['serviceKind', /^Service Kind: (.+)$/],
  ['mode', /^Using "(\w+)" mode for stabilization/],
  ['stabilizing', /^Stabilizing using (.+)$/],
  ['windowMs', /^Measurement window: (\d+) msec/],
  ['minimumSamples', /^Minimum number of samples in each window: (\d+)/],
  ['requestCount', /^Sending (?:a total of )?(\d+) benchmark requests/],
  ['latencyLimitMs', /^Latency limit: (\d+) msec/],
  ['calls', /^Using (a?synchronous) calls for inference/],
  ['distribution', /^Using (\w+) distribution on request generation/],
]

/**
 * What perf_analyzer prints, also with -v, also several runs and other lines in one file: a block per load level. What
 * failed is a failed point with perf_analyzer's own words. Source: perf_analyzer src/report_writer.cc,
 * inference_profiler.cc, 2.38 to 2.60.
 */
export const perfAnalyzerConsole = defineFormat({
  id: 'perf-analyzer-console',
  title: 'perf_analyzer console output',
  gives: 'points',
  extensions: ['.log', '.txt'],
  sniff: head => /^[ \t]*\*\*\* Measurement Settings \*\*\*/m.test(head.text),
  async read(source, signal) {
    const reader = new ConsoleReader()
    for (const { no, line } of numberedLines(
      await readText(source, { maxBytes: MAX_LOG_BYTES, ...(signal && { signal }) }),
    ))
      reader.line(line, no)
    const content = reader.end()
    if (content.points.length === 0 && content.skipped.length === 0) {
      throw new EngineError('FORMAT_BROKEN', 'The log holds no load level', {
        where: source.name,
        hint: 'It ends before the first "Request concurrency" line: did perf_analyzer start?',
      })
    }
    return content
  },
})

/** Line after line, for a file and for the tool while it runs. */
export class ConsoleReader {
  readonly #content: PointsContent = {
    tool: 'perf_analyzer',
    points: [],
    facts: { times: 'whole microseconds, cut off', percentiles: 'nearest rank over the last three windows' },
    notices: [],
    skipped: [],
  }
  readonly #notices = new Set<string>()
  #batch = 1
  #settings = false
  #point: ConsolePoint | undefined

  line(raw: string, no: number): void {
    if (raw.length > MAX_LINE) return
    const line = raw.trim()
    const [, version] = /^Perf Analyzer Version (\S+)/.exec(line) ?? []
    if (version !== undefined) this.#content.toolVersion = version
    const [, command] = /(?:^|\s)perf_analyzer\s(.*)/.exec(line) ?? []
    const [, model] = / -m\s+(\S+)/.exec(` ${command ?? ''}`) ?? []
    if (model !== undefined) {
      this.#content.modelName ??= model
      this.#content.facts.command ??= `perf_analyzer ${command}`
    }
    if (SETTINGS.test(line)) {
      this.#finish()
      this.#batch = 1
      this.#settings = true
      return
    }
    const [level, concurrency, rate] = LEVEL.exec(line) ?? []
    if (level !== undefined) {
      this.#finish()
      this.#settings = false
      const [slots, requestRate] = [countCell(concurrency), numberCell(rate)]
      const load = { ...(slots && { concurrency: slots }), ...(requestRate && { requestRate }) }
      if (slots ?? requestRate) this.#point = new ConsolePoint({ no, batch: this.#batch, ...load })
      else this.#content.skipped.push({ where: `line ${no}`, why: `"${line.slice(0, 60)}" is no load` })
    } else if (this.#settings) this.#setting(line)
    else if (/^Inferences\/Second vs\. Client/.test(line)) this.#finish()
    else if (/^Measured latency went over the set limit/.test(line)) {
      const last = this.#content.points.at(-1)
      if (this.#point !== undefined) this.#point.flags.add('over-threshold')
      else if (last !== undefined && !last.flags.includes('over-threshold')) last.flags.push('over-threshold')
    } else this.#point?.line(line)
  }

  end(): PointsContent {
    this.#finish()
    const { notices } = this.#content
    for (const notice of this.#notices) if (!notices.includes(notice)) notices.push(notice)
    return this.#content
  }

  #setting(line: string): void {
    const [, batch] = /^Batch size: (\d+)/.exec(line) ?? []
    if (batch !== undefined) this.#batch = countCell(batch) ?? 1
    for (const [fact, pattern] of FACTS) {
      const [, value] = pattern.exec(line) ?? []
      if (value !== undefined) this.#content.facts[fact] ??= wholeCell(value) ?? value
    }
  }

  #finish(): void {
    const point = this.#point
    if (point === undefined) return
    this.#point = undefined
    const finished = point.finish()
    if ('skipped' in finished) this.#content.skipped.push(finished.skipped)
    else this.#content.points.push(finished.point)
    for (const notice of point.notices) this.#notices.add(notice)
  }
}
