import type { Protocol, ServerInfo, ServerModel } from '#domain/server.ts'

/** One way to the server. */
export interface SweepDoor {
  /** As the spec has it. */
  url: string
  protocol: Protocol
  /** The server runs on this machine: shared memory can be shared. */
  local: boolean
}

/** What a plan needs to know of the server; asked before. */
export interface SweepWorld {
  doors: readonly SweepDoor[]
  server: ServerInfo
  model: ServerModel
  /** Content of `requestIntervalsPath`. */
  intervalsUs?: readonly number[]
}
