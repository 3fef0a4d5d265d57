import type { Failure } from '#domain/errors.ts'
import { KNOWN_FAILURES, type KnownFailure } from './known-failures.ts'
import type { TrtexecMessage, TrtexecRun } from './types.ts'

/** What only says that something before it failed. */
const CONSEQUENCE =
  /^(?:Failed to parse onnx file|Parsing model failed|Failed to create engine from model(?: or file)?\.|(?:Engine|Inference) set up failed|Building engine failed|Engine could not be created from network|Engine deserialization failed|Got invalid engine!|Failed to collect layer timing)/
/** Only said together: the end of an engine that could not be built. */
const ASSERTION_AFTER = /Assertion (?:enginePtr|engine) != nullptr failed/
const MAX_DETAIL = 4000

/**
 * Why a run failed, in plain language with the next step, the cause first: ready for an EngineError. Empty for a run
 * that passed, and for one of which nobody knows how it ended.
 */
export function failuresOf(run: TrtexecRun): Failure[] {
  if (run.outcome === 'passed' || run.outcome === 'waived') return []
  const errors = run.messages.filter(({ severity }) => severity !== 'W')
  if (run.outcome === 'unknown' && errors.length === 0) return []
  const known = knownFailures(errors, run)
  if (known.length > 0) return known
  if (run.signal !== undefined || (run.exitCode ?? 0) > 128) return [diedOf(run, errors)]
  return [unexplained(run, errors)]
}

/** Each known cause once; where several lines tell of one cause, the first. */
function knownFailures(errors: readonly TrtexecMessage[], run: TrtexecRun): Failure[] {
  const texts = errors.map(({ text }) => text)
  const whole = texts.join('\n')
  const found = new Map<string, Failure>()
  for (const known of KNOWN_FAILURES) {
    for (const text of known.spansLines ? [whole] : texts) {
      const match = known.pattern.exec(text)
      if (match === null) continue
      const failure = failureOf(known, match, run, known.spansLines ? (match[0] ?? '') : text)
      const key = known.isOnePerText ? `${known.id} ${failure.message}` : known.id
      if (!found.has(key)) found.set(key, failure)
    }
  }
  // Where the operator is known to be the cause, that the parser failed there says nothing more.
  if (found.has('plugin-missing') || found.has('operator-unsupported')) found.delete('parser')
  if (found.has('plugin-missing')) found.delete('operator-unsupported')
  return [...found.values()]
}

function failureOf(known: KnownFailure, match: RegExpExecArray, run: TrtexecRun, text: string): Failure {
  const groups = Object.fromEntries(Object.entries(match.groups ?? {}).filter(entry => entry[1] !== undefined))
  const { message, where, hint } = known.tell(groups, run)
  return {
    code: known.code,
    message,
    ...(where === undefined ? {} : { where }),
    hint,
    detail: text.slice(0, MAX_DETAIL),
  }
}

function diedOf(run: TrtexecRun, errors: readonly TrtexecMessage[]): Failure {
  const signal = run.signal ?? `signal ${(run.exitCode ?? 128) - 128}`
  const killed = signal === 'SIGKILL' || signal === 'signal 9'
  return {
    code: 'CHILD_DIED',
    message: `trtexec was ended by ${signal}`,
    hint: killed
      ? 'Mostly the system ran out of memory and killed it: give it more, or build with a smaller --memPoolSize=workspace.'
      : 'A crash inside TensorRT or a plugin. Try another TensorRT version, or leave parts of the model out to find the cause.',
    ...detailOf(errors),
  }
}

function unexplained(run: TrtexecRun, errors: readonly TrtexecMessage[]): Failure {
  const telling = errors.filter(({ text }) => !CONSEQUENCE.test(text) && !ASSERTION_AFTER.test(text))
  const [first] = telling
  if (first !== undefined) {
    return {
      code: run.outcome === 'died' ? 'CHILD_DIED' : 'TOOL_FAILED',
      message: firstLine(first.text),
      hint: 'TensorRT’s own words; Batchscope knows no more of this failure. Run with --verbose for what came before it.',
      ...detailOf(telling),
    }
  }
  const step = errors.length > 0 ? `: ${firstLine(errors[0]?.text ?? '')}` : ''
  return {
    code: 'TOOL_FAILED',
    message: `trtexec failed and the log does not say why${step}`,
    hint: 'Errors go to stderr, and this log seems to hold stdout alone. Keep both: trtexec … > trtexec.log 2>&1',
    ...detailOf(errors),
  }
}

function detailOf(errors: readonly TrtexecMessage[]): { detail?: string } {
  if (errors.length === 0) return {}
  return {
    detail: errors
      .map(({ text }) => text)
      .join('\n')
      .slice(0, MAX_DETAIL),
  }
}

function firstLine(text: string): string {
  return (/^[^\n]*/.exec(text)?.[0] ?? '').slice(0, 300)
}
