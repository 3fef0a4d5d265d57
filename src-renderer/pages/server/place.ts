import { engine } from '../../engine.ts'
import { knownServers } from '../../shell/known-servers.svelte.ts'
import { LiveView } from './live.svelte.ts'
import { ServerView } from './server.svelte.ts'

/** The one server page: its state outlives the component, so that coming back finds the server and its charts. */
export const serverPlace = {
  view: new ServerView(engine, target => knownServers.remember(target)),
  live: new LiveView(engine),
}
