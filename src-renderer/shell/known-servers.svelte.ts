import type { ServerTargetInput } from '#domain/server.ts'

const KEPT = 8

/**
 * Servers that were reached from this page, the latest first. In memory only: headers, token and TLS paths are secrets
 * and end with the page. Pages hand each other a server by its address and find the rest of the connection here.
 */
export class KnownServers {
  list = $state.raw<readonly ServerTargetInput[]>([])

  remember(target: ServerTargetInput): void {
    this.list = [target, ...this.list.filter(each => each.url !== target.url)].slice(0, KEPT)
  }

  forget(url: string): void {
    this.list = this.list.filter(each => each.url !== url)
  }

  /** The target of an address, with what else was needed to reach it; the bare address where it is not known. */
  target(url: string): ServerTargetInput {
    return this.list.find(each => each.url === url) ?? { url }
  }
}

export const knownServers = new KnownServers()
