import { expect, test } from 'vitest'
import type { Finding } from '#domain/finding.ts'
import { findingsInOrder, notFoundText, toldText } from '#domain/finding-order.ts'

function finding(rule: string, verdict: Finding['verdict'], change: Partial<Finding> = {}): Finding {
  return {
    rule,
    verdict,
    title: `Title of ${rule}`,
    statement: `${rule} says ${verdict}`,
    evidence: [],
    next: [],
    ...change,
  }
}

const rules = (findings: readonly Finding[]) => findings.map(({ rule }) => rule)

test('the verdict comes first, then what was found, then a no that asks for a step', () => {
  const { told, notFound } = findingsInOrder([
    finding('a', 'no', { next: ['more batches'] }),
    finding('b', 'no'),
    finding('c', 'yes'),
    finding('trace-verdict', 'no'),
  ])
  expect(rules(told)).toEqual(['trace-verdict', 'c', 'a'])
  expect(notFound).toEqual(['Title of b'])
})

test('a step that the verdict already names is not said again', () => {
  const { told } = findingsInOrder([
    finding('trace-host-bound', 'yes', { next: ['one', 'two'] }),
    finding('trace-verdict', 'yes', { next: ['one'] }),
  ])
  expect(told.map(({ next }) => next)).toEqual([['one'], ['two']])
})

test('what cannot be told for one reason stands together, with every step that would tell', () => {
  const { untold } = findingsInOrder([
    finding('a', 'cannot-tell', { statement: 'No device work', next: ['nsys'] }),
    finding('b', 'cannot-tell', { statement: 'No memory', next: ['memory'] }),
    finding('c', 'cannot-tell', { statement: 'No device work', next: ['nsys', 'torch'] }),
  ])
  expect(untold).toEqual([
    { titles: ['Title of a', 'Title of c'], statement: 'No device work', next: ['nsys', 'torch'] },
    { titles: ['Title of b'], statement: 'No memory', next: ['memory'] },
  ])
})

test('a verdict that cannot be given is still the first line', () => {
  const { told, untold } = findingsInOrder([finding('trace-verdict', 'cannot-tell')])
  expect(told.map(toldText)).toEqual(['Title of trace-verdict: cannot tell. trace-verdict says cannot-tell'])
  expect(untold).toEqual([])
})

test('one check, several checks', () => {
  expect(notFoundText(['A'])).toBe('1 check found nothing: “A”')
  expect(notFoundText(['A', 'B'])).toBe('2 checks found nothing: “A”, “B”')
})
