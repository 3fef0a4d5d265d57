import type { SequenceFlags, Wire } from '../wire/wire.ts'

/** Which request goes next. Several slots ask in turn; a slot has one request in flight. */
export interface RequestFeed {
  send(slot: number): void
  /** The slot's request ended. */
  ended(slot: number, ok: boolean): void
  /** Sequences that were begun. */
  readonly sequences: number
  /** Slots whose sequence is open; each `sendLast` closes one. Empty for requests without sequences. */
  openSlots(): number[]
  sendLast(slot: number): void
}

type Sending = Pick<Wire, 'send'>

/** Independent requests: one input variant after the other, whatever the slot. */
export function roundRobin(wire: Sending, variants: readonly number[]): RequestFeed {
  let next = 0
  return {
    send(slot) {
      wire.send(slot, variants[next] ?? 0)
      if (++next === variants.length) next = 0
    },
    ended() {},
    sequences: 0,
    openSlots: () => [],
    sendLast() {},
  }
}

export interface SequenceOptions {
  /** Requests in a sequence, ± so many percent; used where the data does not say it itself. */
  length: number
  lengthVariation: number
  /** Correlation ids, both ends included; they are used again after the last. */
  idRange?: readonly [number, number] | undefined
  /** 0 ≤ uniform < 1 */
  uniform: () => number
}

const DEFAULT_IDS = [1, 2 ** 31 - 1] as const

/**
 * A sequence a slot: its requests follow each other, first and last carry the start and end flag, then the slot begins
 * the next sequence with a new id. As perf_analyzer: data of several steps gives the length (one sequence walks one
 * stream, chosen at random), else `length` varies evenly by ± `lengthVariation` percent.
 * After a failed request the server's state is unknown: the slot begins a new sequence.
 * @param streams variants of each data stream   @see perf_analyzer src/sequence_manager.cc
 */
export function sequenceFeed(wire: Sending, streams: readonly (readonly number[])[], options: SequenceOptions) {
  const { length, lengthVariation, idRange = DEFAULT_IDS, uniform } = options
  const stepsGiveLength = streams.some(({ length: steps }) => steps > 1)
  const open: (Sequence | undefined)[] = []
  let nextId = idRange[0]
  let begun = 0

  const newId = () => {
    const used = new Set(open.map(sequence => sequence?.flags.id))
    for (;;) {
      const id = nextId
      nextId = id === idRange[1] ? idRange[0] : id + 1
      if (!used.has(id) || used.size > idRange[1] - idRange[0]) return id
    }
  }
  const begin = (): Sequence => {
    begun++
    const variants = streams[Math.floor(uniform() * streams.length)] ?? []
    const varied = Math.floor(length + (2 * uniform() - 1) * (lengthVariation / 100) * length)
    const requests = stepsGiveLength ? variants.length : Math.max(1, varied)
    return { flags: { id: newId(), start: true, end: false }, variants, requests, sent: 0 }
  }
  const send = (slot: number, last: boolean) => {
    let sequence = open[slot]
    if (sequence === undefined) {
      sequence = begin()
      open[slot] = sequence
    }
    const { flags, variants, requests, sent } = sequence
    flags.start = sent === 0
    flags.end = last || sent + 1 === requests
    sequence.sent++
    wire.send(slot, variants[sent % variants.length] ?? 0, flags)
  }
  return {
    send: slot => send(slot, false),
    sendLast: slot => send(slot, true),
    ended(slot, ok) {
      if (!ok || open[slot]?.flags.end === true) open[slot] = undefined
    },
    get sequences() {
      return begun
    },
    openSlots: () => open.flatMap((sequence, slot) => (sequence === undefined ? [] : [slot])),
  } satisfies RequestFeed
}

interface Sequence {
  /** One object for the sequence's whole life: the wire reads it inside `send`. */
  flags: SequenceFlags
  variants: readonly number[]
  requests: number
  sent: number
}
