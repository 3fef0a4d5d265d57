import { z } from 'zod'

export const UNKNOWN = 'unknown'

/** A fact about the measurement. What could not be read is the word "unknown", never a guess. */
export const Fact = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))])
export type Fact = z.infer<typeof Fact>

/** Facts by name; names carry their unit (`memoryBytes`, `frequencyMHz`). */
export const Facts = z.record(z.string(), Fact)
export type Facts = z.infer<typeof Facts>

/**
 * All that is needed to reproduce a number and to judge whether two numbers may be compared (DESIGN §6).
 * Sections are fixed; the facts inside depend on runtime and machine, so a diff walks them by name.
 */
export const Passport = z.object({
  /** `cli`: the equal command. `argv`: what was started. */
  command: Facts,
  app: Facts,
  model: Facts,
  runtime: Facts,
  /** Definition of latency, clock, what it includes, percentile definition, warm-up rule. */
  method: Facts,
  cpu: Facts,
  memory: Facts,
  gpu: Facts,
  os: Facts,
  time: Facts,
})
export type Passport = z.infer<typeof Passport>
