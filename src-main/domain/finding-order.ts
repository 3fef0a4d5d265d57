import type { Finding } from './finding.ts'

/** The rule whose answer is a trace's one line. */
export const VERDICT_RULE = 'trace-verdict'

/** Questions that cannot be answered for one reason. */
export interface Untold {
  titles: string[]
  statement: string
  /** What would tell, each once. */
  next: string[]
}

/** Findings as a reader needs them: what is so, what is not known, and what was looked for and not found. */
export interface FindingsInOrder {
  /** The verdict first, whatever it says; then what was found, and a 'no' that still asks for a step. */
  told: Finding[]
  untold: Untold[]
  /** Titles. */
  notFound: string[]
}

export function findingsInOrder(findings: readonly Finding[]): FindingsInOrder {
  const verdict = findings.filter(({ rule }) => rule === VERDICT_RULE)
  const rest = findings.filter(({ rule }) => rule !== VERDICT_RULE)
  const isNotFound = (finding: Finding) => finding.verdict === 'no' && finding.next.length === 0
  const unclear = rest.filter(({ verdict }) => verdict === 'cannot-tell')
  return {
    told: withoutRepeats([
      ...verdict,
      ...rest.filter(({ verdict }) => verdict === 'yes'),
      ...rest.filter(finding => finding.verdict === 'no' && !isNotFound(finding)),
    ]),
    untold: [...Map.groupBy(unclear, ({ statement }) => statement)].map(([statement, alike]) => ({
      titles: alike.map(({ title }) => title),
      statement,
      next: [...new Set(alike.flatMap(({ next }) => next))],
    })),
    notFound: rest.filter(isNotFound).map(({ title }) => title),
  }
}

/** The verdict has the steps of the rule that explains it: each is said once, where it comes first. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const said = new Set<string>()
  return findings.map(finding => {
    const next = finding.next.filter(step => !said.has(step))
    for (const step of next) said.add(step)
    return { ...finding, next }
  })
}

/** "Where the time goes: GPU-bound: …", "Where the time goes: cannot tell. …", or the statement alone. */
export function toldText({ rule, title, verdict, statement }: Finding): string {
  if (rule !== VERDICT_RULE) return statement
  return verdict === 'cannot-tell' ? `${title}: cannot tell. ${statement}` : `${title}: ${statement}`
}

/** "2 checks found nothing: “A”, “B”". */
export function notFoundText(titles: readonly string[]): string {
  const count = titles.length === 1 ? '1 check' : `${titles.length} checks`
  return `${count} found nothing: ${quoted(titles)}`
}

export function quoted(titles: readonly string[]): string {
  return titles.map(title => `“${title}”`).join(', ')
}
