import { basename, extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { measuredBenchKeys } from '#domain/bench-keys.ts'
import type { BenchSpecInput } from '#domain/bench-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { usualRuntimes } from '#domain/usual-runtimes.ts'
import type { EngineClient } from '../../api/doors.ts'
import { runtimeWord } from '../../runs/bench/command.ts'
import { type BenchOptions, benchCommandLine, benchSpec } from './bench-options.ts'
import type { CliContext } from './common.ts'
import { runAll } from './follow.ts'
import { formerRun } from './resume.ts'

export function registerBench(program: Command, context: CliContext): void {
  benchCommandLine(program).action((models: string[], options: BenchOptions) => bench(models, options, context))
}

async function bench(models: string[], given: BenchOptions, context: CliContext): Promise<void> {
  const { client } = await context.engine()
  const options = await withAllRuntimes(client, given)
  const specs = await wantedSpecs(client, models, options)
  const [first = 'model'] = specs.map(({ modelPath }) => modelPath)
  await runAll('bench', specs, basename(first, extname(first)), options, context)
}

/** `all` in place of the runtimes' names. */
async function withAllRuntimes(client: EngineClient, options: BenchOptions): Promise<BenchOptions> {
  const { runtime, precision } = options
  if (runtime === undefined || !runtime.includes('all')) return options
  const usual = usualRuntimes(await client.runtimes.list({}))
  const all = usual.map(({ id, precisions }) => runtimeWord(precision === undefined ? { id, precisions } : { id }))
  return { ...options, runtime: [...new Set(runtime.flatMap(word => (word === 'all' ? all : [word])))] }
}

/** A spec a model; with --resume the former run's. @throws EngineError */
async function wantedSpecs(client: EngineClient, models: string[], options: BenchOptions): Promise<BenchSpecInput[]> {
  if (options.resume === undefined) {
    const paths = models.length > 0 ? models.map(path => resolve(path)) : [(await client.models.sample()).path]
    return paths.map(path => benchSpec(path, options))
  }
  if (models.length > 1) {
    throw new EngineError('USAGE', 'A run has one model', { hint: 'Leave the models away: the run knows its own.' })
  }
  return [await resumed(client, options.resume, models[0], options)]
}

/** What of a former run's spec is needed here; the rest goes through as it is. */
const FormerSpec = z.looseObject({
  modelPath: z.string(),
  resume: z.object({ measured: z.array(z.string()).default([]) }).optional(),
})

/** The former run's spec, options given now on top, and the keys of the points that need not be measured again. */
async function resumed(
  client: EngineClient,
  runId: string,
  model: string | undefined,
  options: BenchOptions,
): Promise<BenchSpecInput> {
  const run = await formerRun(client, 'bench', runId, options.session)
  const former = FormerSpec.parse(run.spec)
  const given = benchSpec(model === undefined ? former.modelPath : resolve(model), options)
  return {
    ...former,
    ...given,
    resume: {
      runId,
      measured: [...(former.resume?.measured ?? []), ...measuredBenchKeys(run.points)],
      ...(run.model?.sha256 === undefined ? {} : { modelSha256: run.model.sha256 }),
    },
  }
}
