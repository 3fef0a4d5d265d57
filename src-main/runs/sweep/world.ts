import type { Protocol, ServerInfo, ServerModel } from '#domain/server.ts'
import type { ServerAddress } from '../../triton/address.ts'

/** One way to the server. */
export interface SweepDoor {
  /** As the spec has it, without credentials. */
  url: string
  protocol: Protocol
  address: ServerAddress
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
