import { expect, test } from 'vitest'
import { defineRule, judgeAll } from '../../src-main/findings/define.ts'

const fine = defineRule({
  id: 'fine',
  title: 'Fine',
  needs: ['points'],
  source: 'this test',
  judge: () => ({ verdict: 'no', statement: 'nothing' }),
})
const broken = defineRule({
  ...fine,
  id: 'broken',
  judge() {
    throw new Error('divided by a cat')
  },
})

test('a rule that throws becomes a finding that says so, and the others still run', () => {
  expect(judgeAll([broken, fine], { points: [] })).toMatchObject([
    { rule: 'broken', verdict: 'cannot-tell', statement: 'The rule failed: divided by a cat' },
    { rule: 'fine', verdict: 'no' },
  ])
})
