import { servePort } from '../src-main/api/doors.ts'
import { createEngine } from '../src-main/engine.ts'
import { type ServedEngine, serveParent } from './engine-door.ts'

/** What Electron adds to `process` in a utility process; declared here because only main may import electron's types. */
declare const process: NodeJS.Process & { parentPort: Electron.ParentPort }

type Port = Electron.MessagePortMain

/** In a turn of its own: an engine that throws while it starts is a failed promise, not a crash without words. */
async function openEngine(): Promise<ServedEngine<Port>> {
  const engine = createEngine()
  return { serve: port => servePort(engine, port), close: () => engine.close() }
}

serveParent<Port>(process.parentPort, openEngine(), code => process.exit(code))
