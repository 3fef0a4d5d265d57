import type { Finding } from '#domain/finding.ts'
import { EXPLAINED_BY } from '../../../src-main/findings/trace-verdict.ts'
import type { Cause } from '../../helpers/timing-model/truth.ts'

export const CANNOT_TELL = 'cannot tell'
export const NONE = 'none'

/** Which rule explains a cost of the model. */
export const RULE_OF: Readonly<Record<Cause, string>> = {
  host: 'trace-host-bound',
  kernel: 'trace-gpu-bound',
  copy: 'trace-copy-bound',
  sync: 'trace-sync-bound',
  dataLoading: 'trace-data-loading',
  communication: 'trace-communication-bound',
  compile: 'trace-compile',
  coldStart: 'trace-cold-start',
  none: NONE,
}

/** The verdict in a word: the rule that explains it, 'none' or 'cannot tell'. */
export function verdictOf(findings: readonly Finding[]): string {
  const finding = findings.find(({ rule }) => rule === 'trace-verdict')
  if (finding === undefined || finding.verdict === 'cannot-tell') return CANNOT_TELL
  if (finding.verdict === 'no') return NONE
  return String(finding.evidence.find(({ label }) => label === EXPLAINED_BY)?.value)
}
