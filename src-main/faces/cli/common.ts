import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { EngineClient } from '../../api/doors.ts'
import type { Engine, EngineOptions } from '../../engine.ts'
import type { Terminal } from './output.ts'

/** What a command works with; the engine is started on first use, so that `--help` costs nothing. */
export interface CliContext {
  terminal: Terminal
  /** Starts the engine once. */
  engine(options?: Pick<EngineOptions, 'browseRoots'>): Promise<{ engine: Engine; client: EngineClient }>
  /** Aborts on the first Ctrl+C. */
  signal: AbortSignal
}

export interface OutputOptions {
  json?: boolean
  csv?: boolean
  md?: boolean
  runtimeCsv?: boolean
  perfAnalyzerCsv?: boolean
  verboseCsv?: boolean
  quiet?: boolean
}

/** Options of every command that starts runs. */
export interface RunOptions extends OutputOptions {
  session?: string
  title?: string
  config?: string
  strict?: boolean
}

export function addRunOptions(command: Command): Command {
  command
    .option('--session <file>', 'session file, created or appended to')
    .option('--title <text>', 'name of the run')
    .option('--config <file>', 'JSON file with spec fields; options given here win')
    .option('--strict', 'a failed point is a failure of the command')
  return addOutputOptions(command)
}

export type Output = 'table' | 'json' | 'csv' | 'md' | 'runtime-csv' | 'perf-analyzer-csv' | 'perf-analyzer-verbose-csv'

export function addOutputOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print the result document (see `batchscope schema`)').conflicts(['csv', 'md']))
    .addOption(new Option('--csv', 'print one row per point as CSV').conflicts(['json', 'md']))
    .addOption(new Option('--md', 'print Markdown tables').conflicts(['json', 'csv']))
    .addOption(
      new Option('--perf-analyzer-csv', "print points at a server as perf_analyzer's CSV, whole µs").conflicts([
        'json',
        'csv',
        'md',
      ]),
    )
    .addOption(
      new Option('--runtime-csv', 'print batches × runtimes with speed-ups as CSV').conflicts(['json', 'csv', 'md']),
    )
    .option('--verbose-csv', "the same with the columns of perf_analyzer's --verbose-csv")
    .option('--quiet', 'no progress and no remarks on stderr')
}

export function outputOf({ json, csv, md, runtimeCsv, perfAnalyzerCsv, verboseCsv }: OutputOptions): Output {
  if (json === true) return 'json'
  if (csv === true) return 'csv'
  if (md === true) return 'md'
  if (runtimeCsv === true) return 'runtime-csv'
  if (verboseCsv === true) return 'perf-analyzer-verbose-csv'
  return perfAnalyzerCsv === true ? 'perf-analyzer-csv' : 'table'
}

/** Remarks for people: never on stdout, never with --quiet. */
export function remark(terminal: Terminal, { quiet }: OutputOptions, text: string): void {
  if (quiet !== true) terminal.err(`${text}\n`)
}

/** `--config FILE`: a JSON object of spec fields; what the command line says wins. @throws EngineError */
export function readConfig(path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EngineError(
      missing ? 'FILE_NOT_FOUND' : 'SPEC_INVALID',
      missing ? 'The config file does not exist' : 'The config file is not a JSON object of spec fields',
      { where: path, hint: 'Example: {"batches": [1, 8], "minDurationMs": 2000}' },
      { cause },
    )
  }
}
