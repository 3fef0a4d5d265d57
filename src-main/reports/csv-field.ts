/**
 * A field as RFC 4180 wants it. Text that a spreadsheet would run as a formula (= + - @ and control characters in
 * front) gets a leading apostrophe; numbers are left alone.
 */
export function csvField(value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
