import type { Evidence, Finding } from '#domain/finding.ts'
import type { Point } from '#domain/point.ts'
import type { ServerModel } from '#domain/server.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'

/** A server's model under load. */
export interface ServerFacts {
  /** Points of one sweep or of an imported server table, failed ones left out. */
  points: readonly Point[]
  /** Its configuration, where it is known. */
  model?: ServerModel
}

/** Every fact a rule may declare; a rule gets only those it names in `needs`. Later kinds of run add theirs here. */
export interface FactTable {
  /** Measured points of one run, failed ones left out. */
  points: readonly Point[]
  server: ServerFacts
  /** Measured points of one run on GPUs that nvidia-smi watched, failed ones left out. */
  watchedPoints: readonly Point[]
  /** Points of a search, each with the server configuration it was measured with; failed ones left out. */
  searched: readonly Point[]
  /** One trace, over its window. */
  trace: TraceFacts
}
export type FactName = keyof FactTable

export interface Judgement {
  verdict: Finding['verdict']
  confidence?: number
  statement: string
  detail?: string
  evidence?: Evidence[]
  next?: string[]
}

/** A judgement over declared facts. Adding one: its file, a line in `catalog.ts`, a case that raises it and one that must not. */
export interface Rule<Need extends FactName = FactName> {
  id: string
  title: string
  needs: readonly Need[]
  /** Where the reasoning comes from. */
  source: string
  judge(facts: Pick<FactTable, Need>): Judgement
}

export function defineRule<Need extends FactName>(rule: Rule<Need>): Rule<Need> {
  return rule
}

export function cannotTell(statement: string, more: Partial<Judgement> = {}): Judgement {
  return { verdict: 'cannot-tell', statement, ...more }
}

/** Runs the rules whose facts are all there. One that throws becomes a finding that says so; the others still run. */
export function judgeAll(rules: readonly Rule[], facts: Partial<FactTable>): Finding[] {
  return rules
    .filter(rule => rule.needs.every(need => facts[need] !== undefined))
    .map(rule => {
      const { evidence = [], next = [], ...rest } = judgeOne(rule, facts as FactTable)
      return { rule: rule.id, title: rule.title, ...rest, evidence, next }
    })
}

function judgeOne(rule: Rule, facts: FactTable): Judgement {
  try {
    return rule.judge(facts)
  } catch (thrown) {
    return cannotTell(`The rule failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}
