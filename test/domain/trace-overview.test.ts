import { expect, test } from 'vitest'
import type { OverviewDevice } from '#domain/trace-overview.ts'
import { overviewText } from '#domain/trace-text.ts'

const device = (id: number, more: Partial<OverviewDevice> = {}): OverviewDevice => ({
  id,
  startNs: 1_000_000,
  endNs: 5_000_000,
  busyNs: 3_000_000,
  kernelNs: 3_000_000,
  communicationNs: 0,
  memcpyNs: 0,
  memsetNs: 0,
  graphNs: 0,
  sumNs: 3_000_000,
  kernels: 1234,
  copies: 5,
  fills: 1,
  graphs: 0,
  ...more,
})
const textOf = (...devices: OverviewDevice[]) => overviewText({ devices, kernels: [], kernelNames: 0 })

test('what is known early names what the share is of, and what was counted', () => {
  expect(textOf(device(0))).toBe('GPU 0: busy 75.0 % of 4.00 ms from its first to its last work, 1,234 kernels')
  expect(textOf(device(0, { kernels: 0, graphs: 7 }), device(2, { kernels: 0 }))).toBe(
    'GPU 0: busy 75.0 % of 4.00 ms from its first to its last work, 7 graphs; ' +
      'GPU 2: busy 75.0 % of 4.00 ms from its first to its last work, 6 copies and fills',
  )
})

test('many devices are counted, none are not spoken of, work without length has no share', () => {
  expect(
    textOf(...Array.from({ length: 11 }, (_, id) => device(id)))
      ?.split('; ')
      .at(-1),
  ).toBe('3 more devices')
  expect(textOf()).toBeUndefined()
  expect(textOf(device(0, { endNs: 1_000_000, busyNs: 0 }))).not.toMatch(/NaN|Infinity/)
})
