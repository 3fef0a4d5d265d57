import { createContext } from 'svelte'

/** What a Field tells the one input inside it. */
export interface FieldContext {
  readonly inputId: string
  readonly labelId: string
  readonly describedBy: string | undefined
  readonly invalid: boolean
}

const [get, set, has] = createContext<FieldContext>()

export const setField = set

/** The field around an input, or nothing when it stands alone. Call while the component is set up. */
export function fieldAround(): FieldContext | undefined {
  return has() ? get() : undefined
}
