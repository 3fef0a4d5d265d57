import { basename } from 'node:path'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import { ImportSpec } from '#domain/import-spec.ts'
import type { ModelRef } from '#domain/model.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import type { Notice } from '#domain/run.ts'
import type { Format } from '#formats/define.ts'
import { quoteForShell } from '../bench/command.ts'
import type { Planned, RunKind } from '../define.ts'
import { makePoints } from './make-points.ts'
import { importPassport } from './passport.ts'
import { readPoints } from './read-points.ts'

export interface ImportContext {
  formats: readonly Format[]
  judge(points: readonly Point[]): Finding[]
  app: { version: string; commit: string }
}

/** More lines than these are counted; every one is in the log. */
const MAX_SKIPPED_SHOWN = 20

/** Results of another program as a run: its figures, its words, and what could not be read. */
export function importKind(context: ImportContext): RunKind {
  return {
    id: 'import',
    title: 'Import',
    heavy: false,
    files(input) {
      const parsed = ImportSpec.safeParse(input)
      return parsed.success ? [parsed.data.path] : []
    },
    prepare: input => prepareImport(input, context),
  }
}

async function prepareImport(input: unknown, context: ImportContext): Promise<Planned> {
  const parsed = ImportSpec.safeParse(input)
  if (!parsed.success) {
    throw new EngineError('SPEC_INVALID', 'The import spec is not valid', { detail: z.prettifyError(parsed.error) })
  }
  const spec = parsed.data
  const file = await readPoints(spec.path, context.formats)
  const { content, format } = file
  const { made, notices } = makePoints(content, spec.batch, new Date(file.modifiedMs).toISOString())
  const modelName = spec.model ?? content.modelName ?? UNKNOWN
  const model: ModelRef = { name: modelName, format: 'server-model', inputs: [], outputs: [] }
  const command = ['batchscope', 'import', ...importArguments(spec)].map(quoteForShell).join(' ')
  return {
    plan: {
      kind: 'import',
      title: spec.title ?? basename(spec.path),
      subtitle: `${format.title}, ${made.length} ${made.length === 1 ? 'point' : 'points'}`,
      command,
      pointCount: made.length,
      notices: [...[...content.notices, ...notices].map(info), ...skippedNotices(content.skipped)],
      problems: [],
      inputs: [],
      batches: [...new Set(made.map(({ point }) => point.batch))].toSorted((a, b) => a - b),
    },
    model,
    async execute(sink, signal) {
      sink.passport(importPassport(file, { command, modelName, app: context.app }))
      for (const { where, why } of content.skipped) sink.log('app', `skipped ${where}: ${why}`)
      for (const [index, { point, samples }] of made.entries()) {
        signal.throwIfAborted()
        sink.point(point, samples)
        sink.progress({ phase: 'reading', pointsDone: index + 1, pointsTotal: made.length })
      }
      sink.findings(context.judge(made.map(({ point }) => point).filter(({ status }) => status === 'done')))
    },
  }
}

function importArguments({ path, batch, model, title }: ImportSpec): string[] {
  return [
    path.startsWith('-') ? `./${path}` : path,
    ...(batch === undefined ? [] : ['--batch', String(batch)]),
    ...(model === undefined ? [] : ['--model', model]),
    ...(title === undefined ? [] : ['--title', title]),
  ]
}

function info(text: string): Notice {
  return { level: 'info', text }
}

function skippedNotices(skipped: readonly { where: string; why: string }[]): Notice[] {
  const shown = skipped.slice(0, MAX_SKIPPED_SHOWN).map(({ where, why }) => `Not read: ${where}: ${why}.`)
  const rest = skipped.length - shown.length
  if (rest > 0) shown.push(`Not read: ${rest} more, see the log.`)
  return shown.map(text => ({ level: 'warning', text }))
}
