import { basename } from 'node:path'
import { formatBytes } from '#domain/display.ts'
import type { ImportSpec } from '#domain/import-spec.ts'
import { type Facts, type Passport, UNKNOWN } from '#domain/passport.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { TraceSummary } from '#domain/trace.ts'
import { rankOfName, rankText } from '#domain/trace-ranks.ts'
import type { Planned } from '../define.ts'
import { readTraceInto, type TraceReading } from '../keep-trace.ts'
import type { TraceFile } from './recognise.ts'

export interface TraceRunContext extends TraceReading {
  app: { version: string; commit: string }
}

/** A trace file as a run: figures, findings, and where the file was. */
export function planTrace(file: TraceFile, spec: ImportSpec, command: string, context: TraceRunContext): Planned {
  const { path, format, bytes, modifiedMs } = file
  const about = `${format.title}, ${formatBytes(bytes)}`
  const namedRank = rankOfName(path)
  const plan: RunPlan = {
    kind: 'import',
    title: spec.title ?? basename(path),
    subtitle: [rankText({ rank: namedRank }), about].filter(Boolean).join(' · '),
    command,
    pointCount: 0,
    trace: true,
    notices: [],
    problems: [],
    inputs: [],
    batches: [],
  }
  return {
    plan,
    async execute(sink, signal) {
      sink.progress({ phase: 'reading', fraction: 0 })
      const { summary, originFacts } = await readTraceInto(sink, path, signal, context, {
        ...(namedRank === undefined ? {} : { rank: namedRank }),
        ...(spec.group === undefined ? {} : { job: spec.group }),
      })
      sink.describe({ subtitle: [rankText(summary.source), about].filter(Boolean).join(' · ') })
      sink.passport(tracePassport(summary, { modifiedMs, facts: originFacts }, command, context.app))
    },
  }
}

/** What a trace tells of how it came about; what it does not is unknown. */
function tracePassport(
  { source, hardware }: TraceSummary,
  { modifiedMs, facts }: { modifiedMs: number; facts: Facts },
  command: string,
  app: { version: string; commit: string },
): Passport {
  const { path, bytes, sha256, format, tool, toolVersion = UNKNOWN, baseUnixNs, rank, worldSize } = source
  return {
    command: { cli: command },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model: { name: UNKNOWN },
    runtime: { [`${tool}.version`]: toolVersion },
    method: {
      tool,
      toolVersion,
      format,
      file: path,
      fileBytes: bytes,
      fileSha256: sha256,
      ...(rank === undefined ? {} : { rank }),
      ...(worldSize === undefined ? {} : { worldSize }),
      ...facts,
    },
    cpu: { model: UNKNOWN },
    memory: { memoryBytes: UNKNOWN },
    gpu: gpuFacts(hardware),
    os: { name: UNKNOWN },
    time: {
      measuredAt: isoTime(baseUnixNs) ?? UNKNOWN,
      fileModifiedAt: new Date(modifiedMs).toISOString(),
      importedAt: new Date().toISOString(),
    },
  }
}

/** @param unixNs decimal text, hostile */
function isoTime(unixNs: string | undefined): string | undefined {
  if (unixNs === undefined || !/^\d{1,19}$/.test(unixNs)) return undefined
  return new Date(Number(BigInt(unixNs) / 1_000_000n)).toISOString()
}

function gpuFacts(hardware: TraceSummary['hardware']): Facts {
  if (hardware.length === 0) return { name: UNKNOWN }
  return Object.fromEntries(
    hardware.flatMap(({ id, name, memoryBytes, computeCapability }) =>
      [
        [`gpu${id}Name`, name],
        [`gpu${id}MemoryBytes`, memoryBytes],
        [`gpu${id}ComputeCapability`, computeCapability],
      ].filter((entry): entry is [string, string | number] => entry[1] !== undefined),
    ),
  )
}
