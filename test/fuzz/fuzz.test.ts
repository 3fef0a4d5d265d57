import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { FUZZ_TARGETS } from './targets.ts'

/** What every `npm test` gives to it, all importers together; `npm run fuzz` reads 100 000 inputs. */
const SHARE_MS = 30_000

test.each(FUZZ_TARGETS)('$id survives damaged files and loses nothing in silence', async target => {
  const forMs = SHARE_MS / FUZZ_TARGETS.length
  // Another stretch of seeds every day.
  const seed = 1 + Math.floor(Date.now() / 86_400_000) * 1_000_000
  const { inputs, failures } = await fuzz(target, { seed, inputs: 1_000_000, untilMs: Date.now() + forMs })
  expect(failures).toEqual([])
  expect(inputs).toBeGreaterThan(100)
}, 60_000)
