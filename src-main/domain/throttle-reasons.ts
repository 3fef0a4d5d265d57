/** Why a GPU does not run at the clocks asked for. No zod here: the page shows these. */
export interface ThrottleReason {
  id: string
  /** In NVML's bit mask `nvmlClocksEventReasons` (`nvmlClocksThrottleReasons` before driver 535). */
  bit: number
  title: string
  means: string
  /** Something forces the clocks down against what was asked for; else it is idleness or the user's own setting. */
  holdsDown: boolean
}

/** NVML API reference, NvmlClocksEventReasons. `hw_slowdown` stands beside the reason that made it, where one is told. */
export const THROTTLE_REASONS: readonly ThrottleReason[] = [
  { id: 'gpu_idle', bit: 0x1, title: 'idle', means: 'Nothing runs: the clocks sink.', holdsDown: false },
  {
    id: 'applications_clocks_setting',
    bit: 0x2,
    title: 'clocks set',
    means: 'The clocks are set by the user (application or locked clocks).',
    holdsDown: false,
  },
  {
    id: 'sw_power_cap',
    bit: 0x4,
    title: 'power cap',
    means: 'The power limit is reached: the driver lowers the clocks.',
    holdsDown: true,
  },
  {
    id: 'hw_slowdown',
    bit: 0x8,
    title: 'hardware slowdown',
    means: 'The hardware halves the clocks or more: heat, power brake or a fast power peak.',
    holdsDown: true,
  },
  {
    id: 'sync_boost',
    bit: 0x10,
    title: 'sync boost',
    means: 'Another GPU of its sync boost group holds it down.',
    holdsDown: true,
  },
  {
    id: 'sw_thermal_slowdown',
    bit: 0x20,
    title: 'thermal (driver)',
    means: 'Hotter than its operating limit: the driver lowers the clocks.',
    holdsDown: true,
  },
  {
    id: 'hw_thermal_slowdown',
    bit: 0x40,
    title: 'thermal (hardware)',
    means: 'Too hot: the hardware halves the clocks or more.',
    holdsDown: true,
  },
  {
    id: 'hw_power_brake_slowdown',
    bit: 0x80,
    title: 'power brake',
    means: 'The power supply asked for less: the hardware halves the clocks or more.',
    holdsDown: true,
  },
  {
    id: 'display_clock_setting',
    bit: 0x100,
    title: 'display clocks',
    means: 'The clocks are limited by the setting of a display.',
    holdsDown: false,
  },
]

/** The reason's words; an id from a newer driver ('bit_0x200') is shown as it is and not taken for throttling. */
export function throttleReason(id: string): ThrottleReason {
  return THROTTLE_REASONS.find(reason => reason.id === id) ?? { id, bit: 0, title: id, means: '', holdsDown: false }
}

/** Whether any of the reasons forces the clocks down. */
export function isThrottled(reasons: readonly string[]): boolean {
  return reasons.some(id => throttleReason(id).holdsDown)
}
