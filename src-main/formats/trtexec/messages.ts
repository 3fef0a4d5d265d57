import type { LogStream } from './log.ts'
import type { LogText } from './log-line.ts'
import type { TrtexecEvent, TrtexecMessage } from './types.ts'

const MAX_MESSAGES = 500
const MAX_TEXT = 8000

/** What a program, a library or the shell prints when trtexec dies or never begins. */
const DEATH =
  /Assertion [`'].*failed|^Cuda failure|error while loading shared libraries|cannot open shared object file|Segmentation fault|\bcore dumped\b|^Killed\b|^Aborted\b|^terminate called|std::bad_alloc/
const STRAY = /^Cannot find any available devices|: command not found$|trtexec: No such file or directory/

/** Warnings and errors of a run; lines without a mark of their own belong to the message above them in their stream. */
export class MessageReader {
  readonly messages: TrtexecMessage[] = []
  leftOut = 0
  sawDeath = false
  readonly #byText = new Map<string, TrtexecMessage>()
  readonly #open: Partial<Record<LogStream, TrtexecMessage>> = {}

  /** @returns the event of a message that begins */
  take(stream: LogStream, message: LogText): TrtexecEvent | undefined {
    const { severity, text, fromTensorRt } = message
    if (severity === undefined) return this.#unmarked(stream, text)
    delete this.#open[stream]
    return severity === 'I' || severity === 'V' ? undefined : this.#add(stream, { severity, text, fromTensorRt })
  }

  /** A line that is no message ends the one above it. */
  other(stream: LogStream, { severity }: LogText): [] {
    if (severity !== undefined) delete this.#open[stream]
    return []
  }

  #unmarked(stream: LogStream, text: string): TrtexecEvent | undefined {
    const isDeath = DEATH.test(text)
    if (isDeath) this.sawDeath = true
    if (isDeath || STRAY.test(text)) return this.#add(stream, { severity: 'F', text, fromTensorRt: false })
    const open = this.#open[stream]
    if (open !== undefined && open.count === 1 && open.text.length + text.length < MAX_TEXT) open.text += `\n${text}`
    return undefined
  }

  #add(stream: LogStream, message: Omit<TrtexecMessage, 'count'>): TrtexecEvent | undefined {
    const text = message.text.slice(0, MAX_TEXT)
    const known = this.#byText.get(text)
    if (known !== undefined) {
      known.count++
      return undefined
    }
    if (this.messages.length >= MAX_MESSAGES) {
      this.leftOut++
      return undefined
    }
    const added: TrtexecMessage = { ...message, text, count: 1 }
    this.messages.push(added)
    this.#byText.set(text, added)
    this.#open[stream] = added
    return { type: 'message', severity: added.severity, text }
  }
}
