// Started fresh for each figure: imports, engine, session, and says how long that took from the process's own start.
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

enableCompileCache(join(tmpdir(), 'batchscope-bench-compile-cache')) // as faces/batchscope.ts does
const [path = ''] = process.argv.slice(2)
const { createEngine } = await import('../../../src-main/engine.ts')
const { localClient } = await import('../../../src-main/api/doors.ts')
const importedMs = performance.now()
const engine = createEngine({ dataFolder: join(tmpdir(), `batchscope-bench-${process.pid}`) })
const { info, runs } = await localClient(engine).sessions.open({ path, readOnly: false })
const openedMs = performance.now()
await engine.close()
process.stdout.write(JSON.stringify({ importedMs, openedMs, runs: runs.length, sessionId: info.sessionId }))
