import type { SliceCategory } from '#domain/trace-category.ts'
import { sliceStyle } from '../../../timeline/slice-look.ts'

/** The fill of a category in the page's own markup, the same as on the timeline's canvas. */
export function categoryBackground(category: SliceCategory): string {
  const { token, soft } = sliceStyle(category)
  return soft ? `color-mix(in srgb, var(--${token}) 30%, var(--surface))` : `var(--${token})`
}
