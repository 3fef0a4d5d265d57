import { expect, test } from 'vitest'
import { secretVariable } from '../../../src-main/triton/infer/quote.ts'

test.each([
  ['X-Api-Key', 'TRITON_X_API_KEY'],
  ['triton-access-token', 'TRITON_ACCESS_TOKEN'],
  ['path', 'TRITON_PATH'],
  ['1st.key', 'TRITON_1ST_KEY'],
])('the secret of header %s is in %s: never a variable of the shell', (header, variable) => {
  expect(secretVariable(header)).toBe(variable)
})
