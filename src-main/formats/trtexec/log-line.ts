import { z } from 'zod'

/** As trtexec's logger marks its lines: fatal, error, warning, information, verbose. */
const Severity = z.enum(['F', 'E', 'W', 'I', 'V'])
export type Severity = z.infer<typeof Severity>

export interface LogText {
  /** Absent: a line of something else, or the rest of one above. */
  severity?: Severity
  /** The line is TensorRT's own, not trtexec's. */
  fromTensorRt: boolean
  text: string
}

/** The longest lines are dumps of tensors and layers; what stands further right is of no figure. */
const MAX_LINE = 64 * 1024

/** Colours of a terminal that was recorded. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-?]*[ -/]*[@-~]|[@-Z\\\\-_])`, 'g')
const STAMP = String.raw`\[\d{2}/\d{2}/\d{4}-\d{2}:\d{2}:\d{2}\] `
/** stdout and stderr into one file: a message may begin in the middle of a line, and a stamp may stand alone. */
const BEGINNINGS = new RegExp(`(?=${STAMP})`)
const BEGINNING = new RegExp(`^${STAMP}(?:\\[([FEWIV])\\] )?(\\[TRT\\] )?`)

/** The messages of one printed line: mostly one; two where streams ran into each other. */
export function messagesOf(line: string): LogText[] {
  const clean = line.slice(0, MAX_LINE).replace(ESCAPES, '').trimEnd()
  if (!clean.includes('[')) return [{ fromTensorRt: false, text: clean }]
  const messages: LogText[] = []
  // The blank that ends a beginning is gone where nothing follows.
  for (const part of `${clean} `.split(BEGINNINGS)) {
    const [beginning, severity, fromTensorRt] = BEGINNING.exec(part) ?? []
    const text = part.slice(beginning?.length ?? 0).trimEnd()
    if (beginning !== undefined && severity === undefined && text === '') continue
    messages.push({
      ...(severity === undefined ? {} : { severity: Severity.parse(severity) }),
      fromTensorRt: fromTensorRt !== undefined,
      text,
    })
  }
  return messages
}

/** What `printedNumber` reads, inside a larger pattern. */
export const NUMBER = String.raw`[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|inf|-?nan)`

/** A number as C++ streams print it: six digits, `1e-05`; undefined for `inf`, `nan` and anything else. */
export function printedNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?\d+\.?\d*(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
