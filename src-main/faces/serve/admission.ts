import { createHash, timingSafeEqual } from 'node:crypto'

/** The parts of a request that decide whether it is let in. Header values as they came. */
export interface Knock {
  host: string | undefined
  origin: string | undefined
  authorization: string | undefined
  /** Sec-WebSocket-Protocol: `batchscope, batchscope.token.<token>`; browsers can't set other headers there. */
  protocols: string | undefined
}

export type Refusal = 'host' | 'origin' | 'token'

/**
 * Loopback is not a wall: any page the user visits can send requests to it. So the Host must be a name of ours
 * (against DNS rebinding), an Origin must be our own page (against other sites), and the token must be right.
 * Ports are not compared: an SSH tunnel changes them, and Origin must equal Host in any case.
 */
export function refusalOf(knock: Knock, names: ReadonlySet<string>, token: string): Refusal | undefined {
  if (!isOurs(knock, names)) return 'host'
  if (!isOwnOrigin(knock)) return 'origin'
  return isRightToken(offeredToken(knock), token) ? undefined : 'token'
}

/** Host and Origin only: for the page's own files, which hold no data. */
export function pageRefusalOf(knock: Knock, names: ReadonlySet<string>): Refusal | undefined {
  if (!isOurs(knock, names)) return 'host'
  return isOwnOrigin(knock) ? undefined : 'origin'
}

function isOurs({ host }: Knock, names: ReadonlySet<string>): boolean {
  const url = host === undefined ? undefined : URL.parse(`http://${host}`)
  return url !== null && url !== undefined && url.host === host?.toLowerCase() && names.has(url.hostname)
}

/** Requests without an Origin come from no page (curl, a navigation); the token still stands before the data. */
function isOwnOrigin({ host, origin }: Knock): boolean {
  return origin === undefined || origin === `http://${host}`
}

function offeredToken({ authorization, protocols }: Knock): string | undefined {
  const bearer = /^Bearer ([\w-]+)$/.exec(authorization ?? '')?.[1]
  return bearer ?? /(?:^|,\s*)batchscope\.token\.([\w-]+)(?:$|,)/.exec(protocols ?? '')?.[1]
}

/** In constant time over equal-length digests, so that the answer's delay tells nothing. */
function isRightToken(offered: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return offered !== undefined && timingSafeEqual(digest(offered), digest(token))
}
