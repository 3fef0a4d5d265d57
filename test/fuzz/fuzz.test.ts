import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { FUZZ_TARGETS } from './targets.ts'

/** What every `npm test` gives to it, all importers together, from seed 1 on; `npm run fuzz` reads 100 000 inputs. */
const SHARE_MS = 30_000

test.each(FUZZ_TARGETS)('$id survives damaged files and loses nothing in silence', async target => {
  const forMs = SHARE_MS / FUZZ_TARGETS.length
  const { inputs, failures } = await fuzz(target, { seed: 1, inputs: 1_000_000, untilMs: Date.now() + forMs })
  expect(failures).toEqual([])
  expect(inputs).toBeGreaterThan(100)
}, 60_000)
