/** What the double of trtexec plays. Everything is optional: absent, it builds and runs as 10.16.1 without an accident. */
export interface Scenario {
  version?: DoubleVersion
  /** What the help tells of, where it was replaced since. */
  helpVersion?: DoubleVersion
  /** Pause at each step of the log. */
  delayMs?: number
  accident?: Accident | undefined
  /** Where the accident happens; absent: while building, and in a run of a loaded engine too. */
  during?: 'build' | 'run'
  /** Only from this batch on. */
  fromBatch?: number
  /** Lines of tactic timing in a verbose build. */
  verboseLines?: number
  /** Hints that a run prints after its summary. */
  hints?: ('unstable' | 'enqueue-bound')[]
  /** Counted queries of a run. */
  queries?: number
  /** Prints recorded logs instead of its own, and copies recorded exports. Paths of files. */
  replay?: { build?: string; run?: string; times?: string; profile?: string; layers?: string }
}

export type Accident =
  | 'hang' // prints nothing more, and does not listen to SIGTERM
  | 'crash' // SIGABRT in the middle, no last banner
  | 'killed' // SIGKILL, as the kernel's out-of-memory killer does
  | 'disk-full' // half an engine, then the write fails
  | 'out-of-memory' // of the device
  | 'no-device'
  | 'no-library' // the dynamic loader's word, before the banner
  | 'unsupported-op'
  | 'garbage' // bytes that are no log, exit code 0, no engine
  | 'broken-exports' // exits well, its samples are cut in the middle
  | 'broken-layers' // the same of the layers

/** What banners, device lines and engines of the double say; no real device is called so. */
export const DOUBLE_DEVICE = 'Batchscope test double (no GPU)'
export const DOUBLE_UUID = 'GPU-00000000-d0b1-e000-0000-000000000000'

/** As the first banner says it: number and build tag. */
export const VERSIONS = {
  '8.6.1': { number: '8601', order: 8.06 },
  '10.16.1': { number: '101601', build: 'b11', order: 10.16 },
  '11.0.0': { number: '110000', build: 'b114', order: 11.0 },
  '11.1.0': { number: '110100', build: 'b106', order: 11.01 },
} as const satisfies Record<string, { number: string; build?: string; order: number }>

export type DoubleVersion = keyof typeof VERSIONS
