import type { FuzzTarget } from './define.ts'
import { jsonTarget } from './json-target.ts'
import { nsysTarget } from './nsys-target.ts'

/** Every importer of traces that is fuzzed; a new one is a line here. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  jsonTarget('kineto', 'kineto'),
  jsonTarget('ort-profile', 'ort'),
  jsonTarget('chrome-trace', 'chrome'),
  nsysTarget,
]
