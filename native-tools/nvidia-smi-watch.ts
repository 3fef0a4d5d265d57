import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import { THROTTLE_REASONS } from '#domain/throttle-reasons.ts'

/** What is asked at every look. Names by driver version: `nvidia-smi --help-query-gpu`, 418 to 610. */
const LOOK = {
  timestamp: ['timestamp'],
  index: ['index'],
  smClockMHz: ['clocks.sm'],
  memoryClockMHz: ['clocks.mem'],
  // power.draw is a mean over the last second from Ampere on; power.draw.instant came with driver 530.
  powerW: ['power.draw.instant', 'power.draw'],
  temperatureC: ['temperature.gpu'],
  utilizationPercent: ['utilization.gpu'],
  memoryUsedMiB: ['memory.used'],
  // Renamed with driver 535; older ones know only the second.
  reasons: ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'],
} as const
export type LookColumn = keyof typeof LOOK
const LOOK_COLUMNS: readonly LookColumn[] = [
  'timestamp',
  'index',
  'smClockMHz',
  'memoryClockMHz',
  'powerW',
  'temperatureC',
  'utilizationPercent',
  'memoryUsedMiB',
  'reasons',
]

/** The field of this driver that fills each column. */
export type LookFields = Partial<Record<LookColumn, string>>

const FORMAT = '--format=csv,noheader,nounits'

/**
 * Which fields this driver knows, from the text of `--help-query-gpu`: every property stands in quotes at the start of
 * a line, with its other name behind "or". An unknown one in a query makes nvidia-smi refuse all of it.
 * @returns undefined when the text names none
 */
export function knownFields(help: string): ReadonlySet<string> | undefined {
  const lines = help.split('\n').filter(line => /^"[\w.]+"( or "[\w.]+")*\s*$/.test(line))
  const names = lines.flatMap(line => [...line.matchAll(/"([\w.]+)"/g)].flatMap(([, name]) => name ?? []))
  return names.length === 0 ? undefined : new Set(names)
}

/** The best field for each column; where nothing is known of the driver, those that every driver since 418 has. */
export function lookFields(known: ReadonlySet<string> | undefined): LookFields {
  const chosen = LOOK_COLUMNS.map(column => {
    const names: readonly string[] = LOOK[column]
    return [column, known === undefined ? names.at(-1) : names.find(name => known.has(name))] as const
  })
  return Object.fromEntries(chosen.filter(([, field]) => field !== undefined))
}

/** Arguments of the long-lived child: a line a GPU every `everyMs`. */
export function watchArgs(fields: LookFields, everyMs: number): string[] {
  return [`--query-gpu=${Object.values(fields).join(',')}`, FORMAT, '-lms', String(everyMs)]
}

/** Whether `power.draw.instant` is what is read. */
export function powerReading({ powerW }: LookFields): GpuSeries['powerReading'] {
  if (powerW === undefined) return undefined
  return powerW === LOOK.powerW[0] ? 'instant' : 'last second'
}

/** One line of `watchArgs`: the GPU, when nvidia-smi looked (ms since the epoch, its clock in local time), what it saw. */
export interface Look {
  index: number
  lookedAt?: number
  sample: Omit<GpuSample, 'atMs'>
}

/** @returns undefined for what is no such line: a message, a line cut by the end of the child */
export function parseLook(line: string, fields: LookFields): Look | undefined {
  const cells = line.split(',').map(cell => cell.trim())
  const columns = Object.keys(fields)
  if (cells.length !== columns.length) return undefined
  const cell = (column: LookColumn) => cells[columns.indexOf(column)]
  const index = number(cell('index'))
  if (index === undefined) return undefined
  const lookedAt = localTime(cell('timestamp') ?? '')
  const memoryMiB = number(cell('memoryUsedMiB'))
  return {
    index,
    ...(lookedAt === undefined ? {} : { lookedAt }),
    sample: told({
      smClockMHz: number(cell('smClockMHz')),
      memoryClockMHz: number(cell('memoryClockMHz')),
      powerW: number(cell('powerW')),
      temperatureC: number(cell('temperatureC')),
      utilizationPercent: number(cell('utilizationPercent')),
      memoryUsedBytes: memoryMiB === undefined ? undefined : memoryMiB * 2 ** 20,
      throttleReasons: reasonsOf(cell('reasons')),
    }),
  }
}

/** What a GPU is, asked once before the watch. */
export interface WatchedGpu
  extends Pick<GpuSeries, 'index' | 'name' | 'uuid' | 'powerLimitW' | 'smClockMaxMHz' | 'mig'> {
  driver?: string
}

const STATIC = ['index', 'name', 'uuid', 'driver_version', 'power.limit', 'clocks.max.sm', 'mig.mode.current'] as const

/** `mig.mode.current` came with driver 450. */
export function staticFields(known: ReadonlySet<string> | undefined): string[] {
  return STATIC.filter(field => (known === undefined ? field !== 'mig.mode.current' : known.has(field)))
}

export function staticArgs(fields: readonly string[]): string[] {
  return [`--query-gpu=${fields.join(',')}`, FORMAT]
}

/** Lines of `staticArgs`; messages among them are passed over. */
export function parseGpuList(text: string, fields: readonly string[]): WatchedGpu[] {
  return text.split('\n').flatMap(line => {
    const cells = line.split(',').map(cell => cell.trim())
    const cell = (field: (typeof STATIC)[number]) => cells[fields.indexOf(field)]
    const [index, name] = [number(cell('index')), cell('name')]
    if (cells.length !== fields.length || index === undefined || name === undefined) return []
    return [
      {
        index,
        name,
        ...told({
          uuid: word(cell('uuid')),
          driver: word(cell('driver_version')),
          powerLimitW: number(cell('power.limit')),
          smClockMaxMHz: number(cell('clocks.max.sm')),
        }),
        ...(cell('mig.mode.current') === 'Enabled' ? { mig: true } : {}),
      },
    ]
  })
}

/** A line a process that computes on a GPU. Nothing is printed where there is none, nor on Windows for most drivers. */
export const COMPUTE_APPS_ARGS: readonly string[] = ['--query-compute-apps=gpu_uuid,pid', FORMAT]

/** GPUs, by UUID, on which a process computes. */
export function busyGpus(text: string): Set<string> {
  return new Set(text.split('\n').flatMap(line => /^(\S+), \d+$/.exec(line.trim())?.[1] ?? []))
}

/** "[N/A]", "[Not Supported]", "[Unknown Error]", "[GPU requires reset]"… are no figures. */
function number(cell: string | undefined): number | undefined {
  return cell !== undefined && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : undefined
}

function word(cell: string | undefined): string | undefined {
  return cell === undefined || cell === '' || /^\[.*\]$|^N\/A$/.test(cell) ? undefined : cell
}

/** "0x0000000000000044" → sw_power_cap, hw_thermal_slowdown. A bit of a newer driver keeps its number. */
function reasonsOf(cell: string | undefined): string[] | undefined {
  if (cell === undefined || !/^0x[0-9a-f]{1,16}$/i.test(cell)) return undefined
  const mask = BigInt(cell)
  const known = THROTTLE_REASONS.filter(({ bit }) => (mask & BigInt(bit)) !== 0n).map(({ id }) => id)
  const rest = THROTTLE_REASONS.reduce((left, { bit }) => left & ~BigInt(bit), mask)
  return rest === 0n ? known : [...known, `bit_0x${rest.toString(16)}`]
}

/** "2021/06/10 00:55:54.492" in local time → ms since the epoch. */
function localTime(text: string): number | undefined {
  const parts = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}):(\d{2}):(\d{2})\.(\d{3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = parts
  return new Date(year, month - 1, day, hour, minute, second, ms).getTime()
}

function told<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
