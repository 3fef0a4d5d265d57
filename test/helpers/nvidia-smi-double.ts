import { writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { tempFolder } from './temp-folder.ts'

/** What the double replays; fields by nvidia-smi's name, values as it prints them. See `test/doubles/nvidia-smi`. */
export interface SmiRecording {
  fields?: string[][]
  gpus?: Record<string, string | number>[]
  looks?: Record<string, string | number>[][]
  apps?: string[]
  dieAfter?: number
  exitCode?: number
  lastWords?: string
  hangs?: boolean
  holdsBack?: boolean
}

/** Properties that `--help-query-gpu` of driver 465.27 lists, of those we ask, with their other names; order as there. */
export const FIELDS_465 = [
  ['timestamp'],
  ['driver_version'],
  ['name', 'gpu_name'],
  ['uuid', 'gpu_uuid'],
  ['index'],
  ['persistence_mode'],
  ['clocks_throttle_reasons.active'],
  ['memory.total'],
  ['memory.used'],
  ['utilization.gpu'],
  ['temperature.gpu'],
  ['power.draw'],
  ['power.limit'],
  ['clocks.current.sm', 'clocks.sm'],
  ['clocks.current.memory', 'clocks.mem'],
  ['clocks.max.sm', 'clocks.max.sm'],
  ['mig.mode.current'],
]

/** As of driver 610.43: the reasons renamed, power in three readings. */
export const FIELDS_610 = [
  ...FIELDS_465.filter(([name]) => name !== 'clocks_throttle_reasons.active'),
  ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'],
  ['power.draw.average'],
  ['power.draw.instant'],
]

/** A made-up GPU that says what it is. */
export const DOUBLE_GPU = {
  name: 'Double of a GPU',
  uuid: 'GPU-11111111-2222-3333-4444-555555555555',
  driver_version: '610.43.02',
  'power.limit': '700.00',
  'clocks.max.sm': 1980,
  'mig.mode.current': 'Disabled',
}

/** A look at it at work, and how it changes with `more`. */
export function doubleLook(more: Record<string, string | number> = {}) {
  return {
    'clocks.current.sm': 1980,
    'clocks.current.memory': 2619,
    'power.draw': '400.00',
    'power.draw.instant': '410.50',
    'temperature.gpu': 61,
    'utilization.gpu': 97,
    'memory.used': 4100,
    'clocks_event_reasons.active': '0x0000000000000000',
    'clocks_throttle_reasons.active': '0x0000000000000000',
    ...more,
  }
}

/** Puts the double first on PATH until the test ends. */
export function installSmiDouble(recording: SmiRecording): void {
  const path = join(tempFolder(), 'recording.json')
  const whole = { fields: FIELDS_610, gpus: [DOUBLE_GPU], looks: [[doubleLook()]], ...recording }
  writeFileSync(path, JSON.stringify(whole))
  const before = { PATH: process.env.PATH, NVIDIA_SMI_DOUBLE: process.env.NVIDIA_SMI_DOUBLE }
  process.env.PATH = [join(import.meta.dirname, '../doubles/nvidia-smi'), before.PATH].join(delimiter)
  process.env.NVIDIA_SMI_DOUBLE = path
  onTestFinished(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}
