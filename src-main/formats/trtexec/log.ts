import type { LogText } from './log-line.ts'
import { messagesOf } from './log-line.ts'
import { RunReader } from './run-reader.ts'
import type { TrtexecEvent, TrtexecLog, TrtexecRun } from './types.ts'

export type LogStream = 'stdout' | 'stderr'

const BANNER =
  /^&&&& (RUNNING|PASSED|FAILED|WAIVED) \S*(?:trtexec|tensorrt_rtx)\S*(?: \[TensorRT v(\d+)\])?(?: \[(b\d+)\])?(?: # (.*))?$/i
const TASK = /^&&&& TASK_(BEGIN|END|ABORT)\b.*?(?:BuildRoute = '?([^']*)'?)?$/
const THROUGHPUT = /^[Tt]hroughput: \S+ qps$/
/** A tuning run tries some hundred builds; more are counted. */
const MAX_RUNS = 1000

/**
 * What trtexec prints, line by line: of the program while it runs, and of a log that was kept, in which several runs may
 * stand after each other, cut anywhere, between lines of other programs. TensorRT 7.0 to 11.1; grammar from
 * samples/common/sampleReporting.cpp and logger.h at their tags, and from recorded logs.
 */
export class TrtexecLogReader {
  readonly #runs: [RunReader, ...RunReader[]] = [new RunReader()]
  /** Of a tuning run: those that wait for the task inside them. */
  readonly #parents: RunReader[] = []
  #run: RunReader = this.#runs[0]
  #runsLeftOut = 0

  /**
   * One line without its end. Of a log in which both streams were written to one file, every line is `stdout`.
   * @returns what it tells, mostly nothing
   */
  line(stream: LogStream, text: string): TrtexecEvent[] {
    const at = text.indexOf('&&&& ')
    if (at >= 0) {
      const before = at > 0 ? this.#messages(stream, text.slice(0, at)) : []
      this.#banner(text.slice(at).trimEnd())
      return before
    }
    return this.#messages(stream, text)
  }

  /** @param exit how the program ended, where it was watched: it decides what became of the run, then its banner */
  end(exit: { exitCode?: number; signal?: string } = {}): TrtexecLog {
    const [main] = this.#runs
    const kept = this.#runs.filter(run => !run.isEmpty)
    const finished = kept.map(run => run.finish(run === main ? exit : {}))
    const [first, ...others] = finished
    const runs: [TrtexecRun, ...TrtexecRun[]] = [first ?? main.finish(exit), ...others]
    return { runs, runsLeftOut: this.#runsLeftOut }
  }

  #messages(stream: LogStream, text: string): TrtexecEvent[] {
    return messagesOf(text).flatMap(message => {
      if (stream === 'stdout' && this.#beginsAnother(message)) this.#begin()
      return this.#run.message(stream, message)
    })
  }

  /** After a run's end, or where a second result comes, without a banner: excerpts, and refusals of 11.1. */
  #beginsAnother({ severity, text }: LogText): boolean {
    if (this.#run.hasThroughput && THROUGHPUT.test(text)) return true
    return this.#run.isClosed && (severity === 'E' || severity === 'F' || text === '=== Model Options ===')
  }

  #begin(): void {
    if (this.#run.isEmpty) return
    this.#run = new RunReader()
    if (this.#runs.length < MAX_RUNS) this.#runs.push(this.#run)
    else this.#runsLeftOut++
  }

  #banner(text: string): void {
    const [, task, route] = TASK.exec(text) ?? []
    if (task === 'BEGIN') {
      this.#parents.push(this.#run)
      this.#begin()
      this.#run.buildRoute = route
    } else if (task !== undefined) this.#run = this.#parents.pop() ?? this.#run
    const [, word, version, buildTag, command] = BANNER.exec(text) ?? []
    if (word === undefined) return
    if (word === 'RUNNING' && !this.#run.isFresh) this.#begin()
    this.#run.banner({ word: word.toUpperCase(), version, buildTag, command })
  }
}
