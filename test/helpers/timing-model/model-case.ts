import type { KinetoOptions } from './kineto-text.ts'
import type { Machine, MachineOptions } from './machine.ts'
import type { Program } from './truth.ts'

/** A program, how it is recorded, and what must and must not be said of it beyond the verdict. */
export interface ModelCase {
  name: string
  program: Program
  machine?: MachineOptions
  kineto?: KinetoOptions
  /** Written as an nsys database too. */
  nsys?: boolean
  /** What was recorded cannot show the cause: 'cannot tell' is the only right verdict, or one of these. */
  unknowable?: readonly string[]
  /** Rules that must say yes, and rules that must not. */
  yes?: readonly string[]
  not?: readonly string[]
}

export function times(count: number, body: (i: number) => void): void {
  for (let i = 0; i < count; i++) body(i)
}

/** Training steps. */
export function steps(count: number, body: (m: Machine, i: number) => void): Program {
  return m => times(count, i => m.step(i + 1, () => body(m, i)))
}

/** As many kernels of one length as make about 10 ms a step, with `hostUs` of Python before each. */
export function kernels(us: number, hostUs: number): Program {
  return steps(4, m => times(Math.ceil(10_000 / (us + hostUs)), () => m.kernel({ us, hostUs })))
}
