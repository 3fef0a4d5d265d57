import { runtimes, settings, tools } from './machine.ts'
import { models } from './models.ts'
import { repository } from './repository.ts'
import { runs } from './runs.ts'
import { servers } from './servers.ts'
import { sessions } from './sessions.ts'
import { system } from './system.ts'
import { traces } from './traces.ts'

/** All that a face can ask of the engine. Renderer, CLI and server use nothing else. */
export const contract = { sessions, runs, models, servers, repository, traces, runtimes, tools, settings, system }
export type Contract = typeof contract
