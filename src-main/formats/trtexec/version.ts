/** A version of TensorRT, from its number or its text. */
export interface TensorRtVersion {
  /** '10.16.1'. */
  text: string
  major: number
  minor: number
}

/**
 * Of the banner's `[TensorRT vN]` (four digits to version 8: 8601 is 8.6.1, 8510 is 8.5.10; from 10 on major × 10000 +
 * minor × 100 + patch: 101601 is 10.16.1) and of `TensorRT version: 10.16.1`.
 */
export function tensorRtVersion(printed: string | undefined): TensorRtVersion | undefined {
  if (printed === undefined) return undefined
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\.\d+)?$/.exec(printed)?.slice(1) ?? partsOfNumber(printed)
  const [major, minor, patch] = parts?.map(Number) ?? []
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  return { text: `${major}.${minor}.${patch}`, major, minor }
}

function partsOfNumber(number: string): string[] | undefined {
  return (/^(\d)(\d)(\d\d)$/.exec(number) ?? /^(\d{1,3})(\d\d)(\d\d)$/.exec(number))?.slice(1)
}

/** From 11 on engines are strongly typed and trtexec measures without copies, in a CUDA graph, spinning. */
export const STRONGLY_TYPED_SINCE = 11
