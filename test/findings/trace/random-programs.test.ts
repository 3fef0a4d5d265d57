import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RULES } from '../../../src-main/catalog.ts'
import { judgeAll } from '../../../src-main/findings/define.ts'
import { kinetoText } from '../../helpers/timing-model/kineto-text.ts'
import type { Machine } from '../../helpers/timing-model/machine.ts'
import { type Program, run, savings, truthOf } from '../../helpers/timing-model/truth.ts'
import { factsOfText } from './facts-of.ts'
import { CANNOT_TELL, NONE, RULE_OF, verdictOf } from './verdict-of.ts'

/** A phase of a step, as data: so that a failure prints what it was. */
type Phase =
  | { does: 'kernels'; count: number; us: number; hostUs: number; syncEach: boolean }
  | { does: 'copy'; us: number; pageable: boolean; ownStream: boolean }
  | { does: 'load' | 'pause'; us: number }
  | { does: 'collective'; us: number; isWaitedFor: boolean }
  | { does: 'sync' }

const us = fc.integer({ min: 50, max: 6000 })
const phase: fc.Arbitrary<Phase> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('kernels' as const),
      count: fc.integer({ min: 1, max: 40 }),
      us: fc.integer({ min: 2, max: 400 }),
      hostUs: fc.integer({ min: 2, max: 200 }),
      syncEach: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('copy' as const), us, pageable: fc.boolean(), ownStream: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('load' as const, 'pause' as const), us }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('collective' as const), us, isWaitedFor: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('sync' as const) }) },
)

function enact(m: Machine, phase: Phase): void {
  switch (phase.does) {
    case 'kernels':
      for (let i = 0; i < phase.count; i++) {
        m.kernel(phase)
        if (phase.syncEach) m.sync()
      }
      return
    case 'copy':
      m.copy({ direction: 'HtoD', us: phase.us, pageable: phase.pageable, stream: phase.ownStream ? 13 : 7 })
      if (phase.ownStream) m.waitFor(7, 13)
      return
    case 'load':
      m.loadData(phase.us)
      return
    case 'pause':
      m.silent(phase.us)
      return
    case 'collective':
      m.collective({ us: phase.us })
      if (phase.isWaitedFor) m.waitFor(7, 20)
      return
    case 'sync':
      m.sync()
  }
}

/** Five steps of the same phases. */
const programOf =
  (phases: readonly Phase[]): Program =>
  m => {
    for (let step = 1; step <= 5; step++) {
      m.step(step, () => {
        m.kernel({ us: 50, hostUs: 10 })
        for (const each of phases) enact(m, each)
      })
    }
  }

test('of no program of the model a wrong cause is named', async () => {
  const said = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(phase, { minLength: 1, maxLength: 5 }), async phases => {
      const program = programOf(phases)
      const facts = await factsOfText(kinetoText(run(program)))
      const verdict = verdictOf(judgeAll(RULES, { trace: facts }))
      said.set(verdict, (said.get(verdict) ?? 0) + 1)
      if (verdict === CANNOT_TELL || verdict === NONE) return
      const right = [...truthOf(program)].map(cause => RULE_OF[cause])
      expect(right, JSON.stringify(savings(program))).toContain(verdict)
    }),
    { numRuns: 600, endOnFailure: true },
  )
  const named = [...said].reduce(
    (sum, [verdict, count]) => sum + (verdict === NONE || verdict === CANNOT_TELL ? 0 : count),
    0,
  )
  // Mixtures at random seldom have one cause; still most have one.
  expect(named).toBeGreaterThan(50)
})
