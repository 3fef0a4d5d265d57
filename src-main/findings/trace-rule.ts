import type { TraceFacts } from '#domain/trace-facts.ts'
import { defineRule, type Judgement, type Rule } from './define.ts'
import { NEXT, withStepNote } from './trace-next.ts'

/** Devices of other makers, by name or by the names of the calls: Nsight Systems does not run there. */
const OTHER_MAKER = /\b(?:AMD|Radeon|Instinct|Intel|Apple)\b/i
const OTHER_CALL = /^(?:hip|ze|musa)[A-Z]/

/** A rule on a trace: names no command that cannot run where the trace was made, and says what a command needs. */
export function traceRule(
  rule: Omit<Rule<'trace'>, 'needs' | 'judge'> & { judge(facts: { trace: TraceFacts }): Judgement },
): Rule<'trace'> {
  return defineRule({
    ...rule,
    needs: ['trace'],
    judge(facts) {
      const judgement = rule.judge(facts)
      return { ...judgement, next: withStepNote(possible(facts.trace, judgement.next ?? [])) }
    },
  })
}

function possible(trace: TraceFacts, next: readonly string[]): string[] {
  if (!isOtherMaker(trace)) return [...next]
  return [...new Set(next.map(line => (line.includes('capture nsys') ? NEXT.torch : line)))]
}

function isOtherMaker({ devices, syncs, compile }: TraceFacts): boolean {
  const calls = [...syncs.byName, ...compile].map(({ name }) => name)
  return devices.some(({ name }) => OTHER_MAKER.test(name ?? '')) || calls.some(name => OTHER_CALL.test(name))
}
