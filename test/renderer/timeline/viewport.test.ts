import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  between,
  fitted,
  inside,
  pan,
  reveal,
  spanNs,
  type Viewport,
  wholeTrace,
  zoom,
} from '../../../src-renderer/timeline/viewport.ts'

const trace: Viewport = { startNs: -5e8, endNs: 15e8 }
const views = fc
  .tuple(fc.double({ min: -6e8, max: 15e8, noNaN: true }), fc.double({ min: 16, max: 3e9, noNaN: true }))
  .map(([startNs, span]) => inside({ startNs, endNs: startNs + span }, trace))

function expectInside(view: Viewport) {
  const whole = wholeTrace(trace)
  expect(view.startNs).toBeGreaterThanOrEqual(whole.startNs - 1e-3)
  expect(view.endNs).toBeLessThanOrEqual(whole.endNs + 1e-3)
}

describe('a view', () => {
  test('never leaves the trace and its rim, however it is moved', () => {
    fc.assert(
      fc.property(
        views,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (view, factor, share) => {
          for (const moved of [zoom(view, factor, view.startNs, trace), pan(view, share, trace)]) {
            expectInside(moved)
            expect(spanNs(moved)).toBeGreaterThanOrEqual(15.99)
          }
        },
      ),
    )
  })

  test('zoomed in keeps the time under the pointer under the pointer', () => {
    fc.assert(
      fc.property(views, fc.double({ min: 0, max: 1, noNaN: true }), (view, share) => {
        fc.pre(spanNs(view) > 100)
        const atNs = view.startNs + share * spanNs(view)
        const closer = zoom(view, 0.6, atNs, trace)
        expect((atNs - closer.startNs) / spanNs(closer)).toBeCloseTo(share, 5)
      }),
    )
  })

  test('fitted to a range holds all of it with room on both sides', () => {
    const view = fitted({ startNs: 1e8, endNs: 2e8 }, trace)
    expect(view.startNs).toBeCloseTo(0.9e8)
    expect(view.endNs).toBeCloseTo(2.1e8)
  })

  test('that shows a slice already stays; else it moves just far enough, at the same zoom', () => {
    const view = { startNs: 0, endNs: 1e8 }
    expect(reveal(view, { startNs: 2e7, endNs: 3e7 }, trace)).toEqual(view)
    const later = reveal(view, { startNs: 3e8, endNs: 3.1e8 }, trace)
    expect(spanNs(later)).toBeCloseTo(1e8)
    expect(later.endNs).toBeCloseTo(3.2e8)
  })

  test('on its way ends exactly where it should, and its middle stays between', () => {
    const to = { startNs: 4e8, endNs: 4.1e8 }
    const from = { startNs: 0, endNs: 1e9 }
    expect(between(from, to, 1)).toEqual(to)
    const half = between(from, to, 0.5)
    expect(spanNs(half)).toBeCloseTo(1e8, -3) // geometric mean of 1e9 and 1e7
  })

  test('of a trace that lasts no time is still a view', () => {
    const nothing = { startNs: 7, endNs: 7 }
    expect(spanNs(wholeTrace(nothing))).toBeGreaterThan(0)
  })
})
