import { os } from './base.ts'
import { runtimes, settings, tools } from './machine.ts'
import { models } from './models.ts'
import { repository } from './repository.ts'
import { runs } from './runs.ts'
import { servers } from './servers.ts'
import { sessions } from './sessions.ts'
import { system } from './system.ts'
import { traces } from './traces.ts'

/** The contract implemented; the compiler refuses a missing procedure. */
export const router = os.router({
  sessions,
  runs,
  models,
  servers,
  repository,
  traces,
  runtimes,
  tools,
  settings,
  system,
})
