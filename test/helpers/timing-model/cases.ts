import { SPECIAL_CASES } from './cases-special.ts'
import { STEADY_CASES } from './cases-steady.ts'
import type { ModelCase } from './model-case.ts'

export const MODEL_CASES: readonly ModelCase[] = [...STEADY_CASES, ...SPECIAL_CASES]
