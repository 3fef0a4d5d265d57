import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { measuredKeys } from '#domain/sweep-keys.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import type { EngineClient } from '../../api/doors.ts'
import type { CliContext } from './common.ts'
import { runAll } from './follow.ts'
import { formerRun } from './resume.ts'
import { type SweepOptions, sweepCommandLine, sweepSpec } from './sweep-options.ts'

export function registerSweep(program: Command, context: CliContext): void {
  sweepCommandLine(program).action((urls: string[], options: SweepOptions) => sweep(urls, options, context))
}

async function sweep(urls: string[], options: SweepOptions, context: CliContext): Promise<void> {
  const { client } = await context.engine()
  const spec = await wantedSpec(client, urls, options)
  await runAll('sweep', [spec], spec.model, options, context)
}

async function wantedSpec(client: EngineClient, urls: string[], options: SweepOptions): Promise<SweepSpecInput> {
  const given = withFullPaths(sweepSpec(urls, options))
  const spec = options.resume === undefined ? given : await resumed(client, given, options.resume, options.session)
  if (spec.model === undefined || spec.urls === undefined) {
    throw new EngineError('USAGE', `Which ${spec.urls === undefined ? 'server' : 'model'}?`, {
      hint: 'batchscope sweep grpc://HOST:8001 --model NAME',
    })
  }
  return spec
}

/** Relative to where the command was given; the equal command is then good anywhere on this machine. */
function withFullPaths(spec: SweepSpecInput): SweepSpecInput {
  const { inputData, requestIntervalsPath } = spec
  const isPath = inputData !== undefined && inputData !== 'random' && inputData !== 'zero'
  return {
    ...spec,
    ...(isPath ? { inputData: resolve(inputData) } : {}),
    ...(requestIntervalsPath === undefined ? {} : { requestIntervalsPath: resolve(requestIntervalsPath) }),
  }
}

/** What of a former run's spec is needed here; the rest goes through as it is. */
const FormerSpec = z.looseObject({
  connection: z.looseObject({ headers: z.record(z.string(), z.string()).default({}) }).optional(),
  resume: z.object({ measured: z.array(z.string()).default([]) }).optional(),
})

/** The former run's spec, options given now on top, and the keys of the points that need not be measured again. */
async function resumed(
  client: EngineClient,
  given: SweepSpecInput,
  runId: string,
  session: string | undefined,
): Promise<SweepSpecInput> {
  const run = await formerRun(client, 'sweep', runId, session)
  const former = FormerSpec.parse(run.spec)
  const { headers: formerHeaders, ...formerConnection } = former.connection ?? { headers: {} }
  const spec = {
    ...former,
    ...given,
    connection: {
      ...formerConnection,
      ...given.connection,
      headers: { ...formerHeaders, ...given.connection?.headers },
    },
    resume: { runId, measured: [...(former.resume?.measured ?? []), ...measuredKeys(run.points)] },
  }
  return spec as SweepSpecInput // checked by the contract's handler
}
