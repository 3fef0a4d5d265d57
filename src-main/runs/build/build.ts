import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { BuildSpec } from '#domain/build-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { inspectModel } from '../../models/inspect.ts'
import type { Planned, RunKind } from '../define.ts'
import { withGpuWatch } from '../watch-gpus.ts'
import { executeBuild } from './execute.ts'
import { planBuild } from './plan.ts'
import { BuildWorlds } from './world.ts'

/** What the engine hands to builds: rooms of its own floor are met only there. */
export interface BuildContext {
  /** Cached; asked again where the tool was not ready. */
  tool(id: string): Promise<Readiness>
  app: { version: string; commit: string }
}

/** Folder of engines beside a session. */
const ENGINES = 'engines'

/** A TensorRT engine made of a model by the user's trtexec. */
export function buildKind(context: BuildContext): RunKind {
  const worlds = new BuildWorlds(id => context.tool(id))
  return {
    id: 'build',
    title: 'Build',
    heavy: true,
    files(input) {
      const parsed = BuildSpec.safeParse(input)
      return parsed.success ? filesOf(parsed.data) : []
    },
    async prepare(input): Promise<Planned> {
      const parsed = BuildSpec.safeParse(input)
      if (!parsed.success) {
        throw new EngineError('SPEC_INVALID', 'The build spec is not valid', { detail: z.prettifyError(parsed.error) })
      }
      const spec = parsed.data
      const [model, world] = await Promise.all([inspectModel(spec.modelPath), worlds.of(spec)])
      const { plan } = planBuild(spec, model, world)
      return {
        plan,
        model,
        async execute(sink, signal) {
          const { path } = world.trtexec
          if (path === undefined || world.abilities === undefined)
            throw new Error('a build without trtexec was planned')
          // Only now it is known beside which session the engine will lie.
          const folder = resolve(spec.outputFolder ?? join(dirname(sink.sessionPath), ENGINES))
          const { files } = planBuild({ ...spec, outputFolder: folder }, model, world)
          const job = { program: path, abilities: world.abilities, spec, model, files }
          await withGpuWatch(sink, { uses: 'maybe', signal }, () =>
            executeBuild({ job, command: plan.command, app: context.app }, sink, signal),
          )
        },
      }
    },
  }
}

/** What a server face checks: everything the spec names that lies on this machine. */
function filesOf({ modelPath, outputFolder, timingCache, calibrationCache, trtexec }: BuildSpec): string[] {
  const named = [outputFolder, timingCache, calibrationCache, trtexec?.startsWith('docker:') ? undefined : trtexec]
  return [modelPath, ...named.filter(path => typeof path === 'string')]
}
