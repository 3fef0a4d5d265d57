// Works on a session as hard as it can until it is killed: opens, writes runs and points, closes, again and again.
// Each line it prints is something that was committed before the line was written:
//   start | run ID | point ID INDEX | done ID
import { writeSync } from 'node:fs'
import { createSession, openSession } from '../../src-main/session/open.ts'
import { aPoint } from '../helpers/points.ts'
import { APP, aRun, someSamples } from '../helpers/sessions.ts'

const [path = '', name = '', mode = 'open'] = process.argv.slice(2)
const POINTS_PER_RUN = 3

/** Straight into the pipe: a buffered line could be lost with the process. */
function committed(line: string): void {
  writeSync(1, `${line}\n`)
}

committed('start')
let session = mode === 'create' ? createSession(path, APP) : openSession(path, APP)
for (let round = 0; ; round++) {
  const id = `${name}-${round}`
  session.insertRun(aRun(id))
  session.updateRun(id, { status: 'running' })
  committed(`run ${id}`)
  for (let index = 0; index < POINTS_PER_RUN; index++) {
    session.addPoint(id, aPoint(index + 1, 1 + index, { index }), someSamples(round * 100 + index, 400))
    committed(`point ${id} ${index}`)
    session.addLog(id, [{ atMs: index, stream: 'app', text: `point ${index}` }])
  }
  session.updateRun(id, { status: 'done' })
  committed(`done ${id}`)
  // So that kills also hit closing, opening and compacting.
  if (round % 2 === 1) {
    session.close()
    session = openSession(path, APP)
  }
  if (round % 5 === 4) session.compact()
}
