import { OUTCOME, type Outcome, type SequenceFlags, type Wire } from '../../src-main/triton/wire/wire.ts'

export interface SentRequest {
  slot: number
  variant: number
  atMs: number
  sequence?: SequenceFlags
}

/** Latency in ms and outcome of the nth request, from 0. */
export type Script = (request: SentRequest, index: number) => { ms: number; outcome?: Outcome; responses?: number }

export interface ScriptedWire extends Wire {
  readonly sent: SentRequest[]
  readonly inFlight: number
  readonly mostInFlight: number
}

/**
 * A `Wire` without a server: each request ends after the time the script gives, to the precision of the event loop;
 * `endMs` is exactly `startMs` + that time, so latencies are exact. Sends in 0.01 ms and has its first byte 0.02 ms
 * before the end. Refuses what a real wire forbids (a busy slot). Encodes nothing.
 */
export function scriptedWire(slots: number, script: Script): ScriptedWire {
  const column = () => new Float64Array(slots)
  const [startMs, sentMs, firstByteMs, endMs] = [column(), column(), column(), column()]
  const responses = new Uint32Array(slots)
  const busy = new Set<number>()
  const outcomes: Outcome[] = []
  let variants = 0
  const wire = {
    connections: slots,
    onEnd: (_slot: number, _outcome: Outcome) => {},
    startMs,
    sentMs,
    firstByteMs,
    endMs,
    responses,
    sent: [] as SentRequest[],
    mostInFlight: 0,
    get inFlight() {
      return busy.size
    },
    async connect() {},
    prepare: () => ({ variant: variants++, bytes: 100 }),
    send(slot: number, variant: number, sequence?: SequenceFlags) {
      if (busy.has(slot)) throw new Error(`slot ${slot} is busy`)
      busy.add(slot)
      wire.mostInFlight = Math.max(wire.mostInFlight, busy.size)
      const request = { slot, variant, atMs: performance.now(), ...(sequence ? { sequence: { ...sequence } } : {}) }
      const { ms, outcome = OUTCOME.ok, responses: answers = 1 } = script(request, wire.sent.length)
      wire.sent.push(request)
      startMs[slot] = request.atMs
      sentMs[slot] = request.atMs + 0.01
      const end = request.atMs + ms
      const finish = () => {
        if (performance.now() < end) return void setImmediate(finish)
        endMs[slot] = end
        firstByteMs[slot] = end - 0.02
        responses[slot] = answers
        outcomes[slot] = outcome
        busy.delete(slot)
        wire.onEnd(slot, outcome)
      }
      if (ms > 3) setTimeout(finish, ms - 2)
      else setImmediate(finish)
    },
    errorOf: (slot: number) => ({ message: `scripted failure ${outcomes[slot]}` }),
    reconnects: 0,
    async close() {},
  }
  return wire
}
