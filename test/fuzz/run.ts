/**
 * `npm run fuzz`: mutated inputs against every importer of traces.
 *
 *   npm run fuzz                               100 000 inputs, shared among the importers
 *   npm run fuzz -- --seed 7 --inputs 5000     others, fewer
 *   npm run fuzz -- kineto --seed 81 --inputs 1    one input again
 */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { FUZZ_TARGETS } from './targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, inputs: { type: 'string', default: '100000' } },
})
const targets = FUZZ_TARGETS.filter(({ id }) => positionals.length === 0 || positionals.includes(id))
const seed = Number(values.seed)
const inputs = Number(values.inputs)
if (targets.length === 0 || !Number.isSafeInteger(seed) || seed < 1 || !Number.isSafeInteger(inputs) || inputs < 1) {
  console.error(`Usage: npm run fuzz -- [${FUZZ_TARGETS.map(({ id }) => id).join(' | ')}] [--seed 1] [--inputs 100000]`)
  process.exit(64)
}

let failed = 0
for (const target of targets) {
  const startMs = performance.now()
  const share = Math.ceil(inputs / targets.length)
  const result = await fuzz(target, { seed, inputs: share, untilMs: Number.MAX_SAFE_INTEGER })
  const perSecond = result.inputs / ((performance.now() - startMs) / 1000)
  console.log(
    `${target.id}: ${result.inputs} inputs from seed ${seed}, ${perSecond.toFixed(0)} inputs/s, ${result.failures.length} failed`,
  )
  for (const { seed: bad, problem, path } of result.failures) console.log(`  seed ${bad}: ${problem}\n    ${path}`)
  failed += result.failures.length
}
process.exitCode = failed > 0 ? 1 : 0
