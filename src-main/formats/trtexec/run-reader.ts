import { BUILD_LINES, type FigureLine, INFERENCE_LINES } from './figure-lines.ts'
import { hintOf } from './hints.ts'
import { LayerDumpReader } from './layer-dump.ts'
import type { LogStream } from './log.ts'
import type { LogText } from './log-line.ts'
import { MessageReader } from './messages.ts'
import { ProfileReader } from './profile-table.ts'
import { factsOfSections } from './run-facts.ts'
import { SectionReader } from './sections.ts'
import { SummaryReader } from './summary.ts'
import { TacticReader } from './tactics.ts'
import type { TrtexecEvent, TrtexecOutcome, TrtexecPhase, TrtexecRun } from './types.ts'
import { tensorRtVersion } from './version.ts'

const PHASES: readonly (readonly [TrtexecPhase, RegExp])[] = [
  ['parse', /^Start parsing network model/],
  ['optimise', /^Finish(?:ed)? parsing network model/],
  ['tactics', /^(?:Graph optimization time:|(?:Local|Global) timing cache in use|Timing cache disabled)/],
  ['serialise', /^Detected \d+ inputs? and \d+ outputs? network tensors/],
  ['deserialise', /^(?:Loaded engine size:|Engine deserialized in )/],
  ['inference', /^Starting inference/],
  ['summary', /^=== Performance summary ===/],
  ['profile', /^=== Profile \(/],
]
/** Up to 8.6 verbose lines, information later. */
const VERBOSE_FIGURE = /^(?:Engine generation completed|Graph optimization time)/
/** A build that goes back and forth does so some tens of times. */
const MAX_PHASES = 200
const MAX_AVERAGES = 20_000
const MAX_HINTS = 200

/** One run of trtexec, message by message. */
export class RunReader {
  buildRoute: string | undefined
  readonly #run: Omit<TrtexecRun, 'messages' | 'messagesLeftOut' | 'sections'> = {
    outcome: 'unknown',
    device: {},
    shapes: {},
    outputShapes: {},
    phases: [],
    build: { generationSeconds: [], skippedTactics: 0, memory: {} },
    measured: {},
    averages: [],
    hints: [],
  }
  readonly #sections = new SectionReader()
  readonly #summary = new SummaryReader()
  readonly #profile = new ProfileReader()
  readonly #layers = new LayerDumpReader()
  readonly #tactics = new TacticReader()
  readonly #messages = new MessageReader()
  #began = false
  #closedBy: TrtexecOutcome | undefined
  #lines = 0
  #stdoutLines = 0

  /** Nothing was told of it. */
  get isEmpty(): boolean {
    return !this.#began && this.#closedBy === undefined && this.#lines === 0
  }

  /** No banner, and nothing but what stderr brought before it. */
  get isFresh(): boolean {
    return !this.#began && this.#closedBy === undefined && this.#stdoutLines === 0
  }

  get isClosed(): boolean {
    return this.#closedBy !== undefined
  }

  get hasThroughput(): boolean {
    return this.#summary.hasThroughput
  }

  banner(found: Record<'version' | 'buildTag' | 'command', string | undefined> & { word: string }): void {
    const { word, version, buildTag, command } = found
    const run = this.#run
    const text = tensorRtVersion(version)?.text
    if (text !== undefined) run.version ??= text
    if (buildTag !== undefined) run.buildTag ??= buildTag
    if (command !== undefined) run.commandLine ??= command
    if (word === 'RUNNING') this.#began = true
    else this.#closedBy = word === 'PASSED' ? 'passed' : word === 'WAIVED' ? 'waived' : 'failed'
  }

  message(stream: LogStream, message: LogText): TrtexecEvent[] {
    const { severity, text } = message
    if (severity !== undefined) {
      this.#lines++
      if (stream === 'stdout') this.#stdoutLines++
    }
    const events: TrtexecEvent[] = []
    if (severity === undefined && this.#layers.continues(text)) return events
    if (severity === 'V') {
      this.#phase(this.#tactics.isTiming(text) ? 'tactics' : undefined, events)
      if (VERBOSE_FIGURE.test(text)) this.#figures(BUILD_LINES, text, events)
      return [...events, ...this.#tactics.line(text), ...this.#messages.other(stream, message)]
    }
    const said = this.#messages.take(stream, message)
    if (said !== undefined) {
      this.#lines++
      events.push(said)
    }
    this.#hint(text, events)
    if (severity === undefined || severity === 'I') this.#information(message, events)
    else this.#figures(BUILD_LINES, text, events)
    return events
  }

  #information({ text, fromTensorRt }: LogText, events: TrtexecEvent[]): void {
    this.#phase(PHASES.find(([, pattern]) => pattern.test(text))?.[0], events)
    if (!fromTensorRt && this.#sections.line(text)) return
    if (this.#profile.line(text)) return
    this.#layers.begins(text)
    const average = this.#summary.average(text)
    if (average !== undefined && this.#run.averages.length < MAX_AVERAGES) this.#run.averages.push(average)
    for (const [name, value] of this.#summary.line(text)) events.push({ type: 'figure', name, value })
    this.#figures(BUILD_LINES, text, events)
    this.#figures(INFERENCE_LINES, text, events)
  }

  #figures(lines: readonly FigureLine[], text: string, events: TrtexecEvent[]): void {
    for (const line of lines) {
      const figure = line.read(this.#run, text)
      if (figure !== undefined) events.push({ type: 'figure', ...figure })
    }
  }

  #hint(text: string, events: TrtexecEvent[]): void {
    const hint = hintOf(text)
    if (hint === undefined) return
    const { hints } = this.#run
    const known = JSON.stringify(hint)
    if (hints.length >= MAX_HINTS || hints.some(other => JSON.stringify(other) === known)) return
    hints.push(hint)
    events.push({ type: 'hint', hint })
  }

  #phase(phase: TrtexecPhase | undefined, events: TrtexecEvent[]): void {
    const { phases } = this.#run
    if (phase === undefined || phases.at(-1) === phase || phases.length >= MAX_PHASES) return
    phases.push(phase)
    events.push({ type: 'phase', phase })
  }

  finish({ exitCode, signal }: { exitCode?: number; signal?: string }): TrtexecRun {
    const { messages, leftOut, sawDeath } = this.#messages
    const { summary } = this.#summary
    const { table: profile } = this.#profile
    const { dump: layerDump } = this.#layers
    const run: TrtexecRun = {
      ...this.#run,
      ...(this.buildRoute === undefined ? {} : { buildRoute: this.buildRoute }),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(signal === undefined ? {} : { signal }),
      ...(summary === undefined ? {} : { summary }),
      ...(profile === undefined ? {} : { profile }),
      ...(layerDump === undefined ? {} : { layerDump }),
      sections: this.#sections.sections,
      messages: messages.map(message => ({ ...message, text: message.text.trimEnd() })),
      messagesLeftOut: leftOut,
    }
    const errors = messages.some(({ severity }) => severity !== 'W')
    const gone = sawDeath ? 'died' : errors && summary === undefined ? 'failed' : 'unknown'
    const told = outcomeOfExit(exitCode, signal)
    const outcome = this.#closedBy === 'waived' && told === 'passed' ? 'waived' : (told ?? this.#closedBy ?? gone)
    return { ...run, outcome, ...factsOfSections(run) }
  }
}

/** 128 + n is how shells tell signal n. */
function outcomeOfExit(exitCode: number | undefined, signal: string | undefined): TrtexecOutcome | undefined {
  if (signal !== undefined || (exitCode !== undefined && exitCode > 128)) return 'died'
  if (exitCode === undefined) return undefined
  return exitCode === 0 ? 'passed' : 'failed'
}
