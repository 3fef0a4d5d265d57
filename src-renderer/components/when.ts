/** Points in time for people. English, 24 hours, local time; no locale surprises. */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "just now", "5 minutes ago", "today 14:05", "yesterday 14:05", "12 Nov 14:05", "12 Nov 2025". A text that is no time stays as it is. */
export function formatWhen(isoTime: string, now: Date): string {
  const time = new Date(isoTime)
  if (Number.isNaN(time.getTime())) return isoTime
  const agoMs = now.getTime() - time.getTime()
  if (Math.abs(agoMs) < MINUTE_MS) return 'just now'
  if (agoMs > 0 && agoMs < HOUR_MS) return count(Math.floor(agoMs / MINUTE_MS), 'minute')
  const days = calendarDays(time, now)
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}`
  if (days === 0) return `today ${clock}`
  if (days === 1) return `yesterday ${clock}`
  const day = `${time.getDate()} ${MONTHS[time.getMonth()]}`
  return time.getFullYear() === now.getFullYear() ? `${day} ${clock}` : `${day} ${time.getFullYear()}`
}

/** "2026-11-21 14:05:09", for tooltips and facts. */
export function formatTime(isoTime: string): string {
  const time = new Date(isoTime)
  if (Number.isNaN(time.getTime())) return isoTime
  const date = [time.getFullYear(), pad(time.getMonth() + 1), pad(time.getDate())].join('-')
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(pad).join(':')}`
}

function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'} ago`
}

/** Midnights between two times: summer time makes days of 23 and 25 hours, hence the rounding. */
function calendarDays(earlier: Date, later: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
  return Math.round((midnight(later) - midnight(earlier)) / (24 * HOUR_MS))
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
