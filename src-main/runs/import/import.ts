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
import { readTogether } from './read-points.ts'
import { recogniseTrace, type TraceFile } from './recognise.ts'
import { planTrace, type TraceRunContext } from './trace-run.ts'

export interface ImportContext extends TraceRunContext {
  formats: readonly Format[]
  judge(points: readonly Point[]): Finding[]
  /** Whether Nsight Systems is here. */
  nsys(): Promise<unknown>
}

/** More lines than these are counted; every one is in the log. */
const MAX_SKIPPED_SHOWN = 20

/** Results or a trace of another program as a run: its figures, its words, and what could not be read. */
export function importKind(context: ImportContext): RunKind {
  return {
    id: 'import',
    title: 'Import',
    heavy: false,
    files(input) {
      const parsed = ImportSpec.safeParse(input)
      return parsed.success ? [parsed.data.path, ...(parsed.data.others ?? [])] : []
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
  const command = ['batchscope', 'import', ...importArguments(spec)].map(quoteForShell).join(' ')
  const trace = await recogniseTrace(spec.path, context.formats)
  if (trace !== undefined) return withTool(planTrace(trace, spec, command, context), trace, context)
  const { files, content } = await readTogether([spec.path, ...(spec.others ?? [])], context.formats)
  const [file] = files
  const { made, notices } = makePoints(content, spec.batch, new Date(file.modifiedMs).toISOString())
  const layers = content.layers ?? []
  const modelName = spec.model ?? content.modelName ?? UNKNOWN
  const model: ModelRef = { name: modelName, format: 'server-model', inputs: [], outputs: [] }
  return {
    plan: {
      kind: 'import',
      title: spec.title ?? basename(spec.path),
      subtitle: [
        [...new Set(files.map(({ format }) => format.title))].join(', '),
        ...(made.length > 0 || layers.length === 0 ? [`${made.length} ${made.length === 1 ? 'point' : 'points'}`] : []),
        ...layers.map(table => `${table.layers.length} ${table.layers.length === 1 ? 'layer' : 'layers'}`),
      ].join(', '),
      command,
      pointCount: made.length,
      notices: [...[...content.notices, ...notices].map(info), ...skippedNotices(content.skipped)],
      problems: [],
      inputs: [],
      batches: [...new Set(made.map(({ point }) => point.batch))].toSorted((a, b) => a - b),
    },
    model,
    async execute(sink, signal) {
      sink.passport(importPassport({ files, content }, { command, modelName, app: context.app }))
      for (const { where, why } of content.skipped) sink.log('app', `skipped ${where}: ${why}`)
      for (const [index, { point, samples }] of made.entries()) {
        signal.throwIfAborted()
        sink.point(point, samples)
        sink.progress({ phase: 'reading', pointsDone: index + 1, pointsTotal: made.length })
      }
      for (const [index, table] of layers.entries()) {
        const of = layers.length === made.length ? made[index]?.point.id : undefined
        sink.attach('layers', layers.length === 1 ? 'engine' : `engine ${index + 1}`, {
          ...table,
          ...(of === undefined ? {} : { pointId: of }),
        })
      }
      sink.findings(context.judge(made.map(({ point }) => point).filter(({ status }) => status === 'done')))
    },
  }
}

/** A report that only its own tool can turn into tables needs that tool: said before the run. */
async function withTool(
  planned: Planned,
  { path, export: needed }: TraceFile,
  context: ImportContext,
): Promise<Planned> {
  if (needed === undefined || (await context.nsys()) !== undefined) return planned
  const { tool, toolVersion } = needed
  const problem = new EngineError('TOOL_MISSING', `Only ${tool} can read this report, and it was not found here`, {
    where: path,
    hint: `Install Nsight Systems ${toolVersion === undefined ? '' : `${toolVersion} or newer `}(or set its path in Settings), or export the report where it was made: nsys export --type=sqlite FILE`,
  })
  return { ...planned, plan: { ...planned.plan, problems: [problem.toFailure()] } }
}

function importArguments({ path, others = [], batch, model, title }: ImportSpec): string[] {
  return [
    ...[path, ...others].map(each => (each.startsWith('-') ? `./${each}` : each)),
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
