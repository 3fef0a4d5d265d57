import { type IndexStorage, SLICE_COLUMNS } from './define.ts'

/** Every section there may be: those of a finished index, and those only there while it is made. */
const SECTIONS = [
  'manifest',
  ...Object.keys(SLICE_COLUMNS),
  ...['leaf', 'nodes', 'name-offset', 'name-text', 'launch-call', 'launch-work'],
  ...['counter', 'counter-group', 'copy-slice', 'copy-bytes'],
  ...['rows', 'counter-rows', 'told-correlation', 'told-operator', 'told-detail', 'found-call', 'found-work'],
]

/** What an index that was never finished left is gone; of a finished one too. */
export function clearSections(storage: IndexStorage): void {
  for (const section of SECTIONS) storage.remove(section)
}
