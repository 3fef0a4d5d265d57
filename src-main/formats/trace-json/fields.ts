/** Numbers the scanner leaves in `numbers`, NaN where the event has none. */
export const NUMBER = {
  pid: 0,
  tid: 1,
  correlation: 2,
  operator: 3,
  bytes: 4,
  blocks: 5,
  threads: 6,
  registers: 7,
  sharedBytes: 8,
  occupancyPercent: 9,
  device: 10,
  stream: 11,
  allocated: 12,
  deviceId: 13,
  deviceType: 14,
  /** Times in two parts, both with the sign: whole microseconds, and nanoseconds below one. */
  startUs: 15,
  startNs: 16,
  durationUs: 17,
  durationNs: 18,
} as const
export const NUMBERS = 19

/** Stretches of bytes the scanner leaves in `from` and `to`; both 0 where the event has none. */
export const TEXT = {
  category: 0,
  name: 1,
  pid: 2,
  tid: 3,
  id: 4,
  args: 5,
  shapes: 6,
  correlation: 7,
  operator: 8,
  opType: 9,
  provider: 10,
  scope: 11,
  stream: 12,
} as const
export const TEXTS = 13

/** How an argument's value is read. */
export type ArgumentKind = 'number' | 'product' | 'factor' | 'raw' | 'text'

interface Argument {
  kind: ArgumentKind
  number: number
  text: number
}

const number = (at: number, text = -1): Argument => ({ kind: 'number', number: at, text })

const factor = (at: number): Argument => ({ kind: 'factor', number: at, text: -1 })

/** Arguments that are read on the way, all others are stepped over. Names: torch 1.8 to 2.15, ONNX Runtime 1.30. */
export const ARGUMENTS: Readonly<Record<string, Argument>> = {
  'External id': number(NUMBER.operator, TEXT.operator),
  'external id': number(NUMBER.operator, TEXT.operator),
  correlation: number(NUMBER.correlation, TEXT.correlation),
  'Input Dims': { kind: 'raw', number: -1, text: TEXT.shapes },
  'Input dims': { kind: 'raw', number: -1, text: TEXT.shapes },
  bytes: number(NUMBER.bytes),
  size: number(NUMBER.bytes),
  Bytes: number(NUMBER.bytes),
  grid: { kind: 'product', number: NUMBER.blocks, text: -1 },
  block: { kind: 'product', number: NUMBER.threads, text: -1 },
  grid_x: factor(NUMBER.blocks),
  grid_y: factor(NUMBER.blocks),
  grid_z: factor(NUMBER.blocks),
  block_x: factor(NUMBER.threads),
  block_y: factor(NUMBER.threads),
  block_z: factor(NUMBER.threads),
  'registers per thread': number(NUMBER.registers),
  'shared memory': number(NUMBER.sharedBytes),
  'est. achieved occupancy %': number(NUMBER.occupancyPercent),
  device: number(NUMBER.device),
  stream: number(NUMBER.stream, TEXT.stream),
  'Total Allocated': number(NUMBER.allocated),
  'Device Id': number(NUMBER.deviceId),
  'Device Type': number(NUMBER.deviceType),
  op_name: { kind: 'text', number: -1, text: TEXT.opType },
  provider: { kind: 'text', number: -1, text: TEXT.provider },
  mem_bytes_in_use: number(NUMBER.allocated),
}

/** What is odd about an event that could be read all the same, as bits. */
export const ODD = { notANumber: 1, badEscape: 2, noValue: 4 } as const
