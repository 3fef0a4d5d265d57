import type { ServerModel } from '#domain/server.ts'

/** State of a model in words: a model that the server only lists has none. */
export function stateText({ state }: Pick<ServerModel, 'state'>): string {
  return state === '' ? 'not loaded' : state.toLowerCase()
}
