// Opens a session, leaves a run going in it, says what it got, and closes when its input ends.
import { openSession } from '../../src-main/session/open.ts'
import { aPoint } from './points.ts'
import { APP, aRun } from './sessions.ts'

const [path = ''] = process.argv.slice(2)
const session = openSession(path, APP)
if (!session.readOnly) {
  const id = `held-by-${process.pid}`
  session.insertRun(aRun(id))
  session.updateRun(id, { status: 'running' })
  session.addPoint(id, aPoint(1, 2))
}
process.stdout.write(session.readOnly ? 'read-only\n' : 'writing\n')
process.stdin.on('end', () => session.close())
process.stdin.resume()
