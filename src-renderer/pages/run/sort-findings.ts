import type { Finding } from '#domain/finding.ts'

/** What needs attention, what can't be judged, and what was checked and is fine; the surest first. */
export interface SortedFindings {
  raised: Finding[]
  unclear: Finding[]
  fine: Finding[]
}

export function sortFindings(findings: readonly Finding[]): SortedFindings {
  const of = (verdict: Finding['verdict']) =>
    findings.filter(one => one.verdict === verdict).toSorted((a, b) => (b.confidence ?? 0) - (a.confidence ?? 0))
  return { raised: of('yes'), unclear: of('cannot-tell'), fine: of('no') }
}
