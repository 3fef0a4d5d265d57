/** A cell of the grid: row -1 is the header. */
export interface Place {
  row: number
  column: number
}

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>

/** Where the focus goes from `from` with this key; nothing for a key that moves nothing. Keys of the ARIA grid pattern. */
export function moveCell(
  from: Place,
  { key, ctrlKey, metaKey }: Press,
  { rows, columns, page }: { rows: number; columns: number; page: number },
): Place | undefined {
  const far = ctrlKey || metaKey
  const at = (row: number, column: number): Place => ({
    row: Math.max(-1, Math.min(rows - 1, row)),
    column: Math.max(0, Math.min(columns - 1, column)),
  })
  switch (key) {
    case 'ArrowUp':
      return at(from.row - 1, from.column)
    case 'ArrowDown':
      return at(from.row + 1, from.column)
    case 'ArrowLeft':
      return at(from.row, from.column - 1)
    case 'ArrowRight':
      return at(from.row, from.column + 1)
    case 'PageUp':
      return at(Math.max(0, from.row - page), from.column)
    case 'PageDown':
      return at(from.row + page, from.column)
    case 'Home':
      return at(far ? 0 : from.row, 0)
    case 'End':
      return at(far ? rows - 1 : from.row, columns - 1)
    default:
      return undefined
  }
}

const OVERSCAN = 12

/** Rows to draw: those in sight and a few on both sides. */
export function visibleRange({
  scrollTop,
  boxPx,
  rowPx,
  count,
}: {
  scrollTop: number
  boxPx: number
  rowPx: number
  count: number
}): { from: number; to: number } {
  const inSight = Math.ceil(Math.max(boxPx, rowPx) / rowPx)
  const first = Math.min(Math.floor(scrollTop / rowPx), Math.max(0, count - inSight))
  return { from: Math.max(0, first - OVERSCAN), to: Math.min(count, first + inSight + OVERSCAN) }
}
