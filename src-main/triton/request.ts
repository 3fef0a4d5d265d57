/** A place in a registered shared-memory region. */
export interface SharedRange {
  region: string
  offset: number
  bytes: number
}

/** An input as it goes to the server: bytes (little-endian, row-major; BYTES with length prefixes), or where they lie. */
export interface RequestTensor {
  name: string
  datatype: string
  /** Whole shape, batch included. */
  shape: number[]
  data: Uint8Array | SharedRange
}

export interface RequestedOutput {
  name: string
  /** The server writes it there instead of sending it. */
  shared?: SharedRange
  /** Classification extension: so many classes. */
  classes?: number
}

export type ParameterValue = string | number | boolean

/** One inference request with every decision made. Encoded by `wire/` (pre-encoded, for load) and `control/` (single requests). */
export interface InferCall {
  model: string
  version?: string
  id?: string
  parameters?: Record<string, ParameterValue>
  inputs: RequestTensor[]
  /** Empty: all outputs, in the response. */
  outputs: RequestedOutput[]
}
