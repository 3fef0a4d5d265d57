import { basename, extname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ImportSpecInput } from '#domain/import-spec.ts'
import { groupsOfFiles } from '#domain/trace-ranks.ts'
import { readHead } from '#formats/define.ts'
import { groupedByEngine } from '#formats/trtexec/same-engine.ts'
import { FORMATS } from '../../catalog.ts'
import { openFileSource } from '../../models/file-source.ts'
import { addOutputOptions, type CliContext, type RunOptions, remark } from './common.ts'
import { runAll } from './follow.ts'
import { parseInteger } from './values.ts'

interface ImportOptions extends Omit<RunOptions, 'config'> {
  batch?: number
  model?: string
}

const EXAMPLES = `
Examples:
  batchscope import                                list the formats
  batchscope import trace.json.gz report.nsys-rep  PyTorch and Nsight Systems, a run each
  batchscope import rank*.json.gz --json           ranks of one job, as one group
  batchscope import net.log net.profile.json net.graph.json    trtexec's log and exports of one engine, one run
  batchscope import out.csv --batch 8              perf_analyzer's CSV does not tell its batch
  batchscope import run.log profile.json --session study.bscope
  batchscope import export/results/metrics-model-inference.csv checkpoints/0.ckpt --md`

export function registerImport(program: Command, context: CliContext): void {
  const command = program
    .command('import')
    .description('read traces, and results of perf_analyzer, Model Analyzer and others, into a session')
    .argument('[files...]', 'traces, tables, logs or exports; known by their content, whatever their names')
    .option('--batch <n>', 'batch of the requests, where the file does not tell it', parseInteger)
    .option('--model <name>', 'name of the model, where the file does not tell it')
    .option('--title <text>', 'title of the run')
    .option('--session <file>', 'session file, created or appended to')
    .option('--strict', 'fail when a point of the file is a failed one')
    .addHelpText('after', EXAMPLES)
  addOutputOptions(command).action((files: string[], options: ImportOptions) =>
    files.length === 0 ? listFormats(context) : importFiles(files, options, context),
  )
}

function listFormats({ terminal }: CliContext): void {
  const lines = (wanted: string) =>
    FORMATS.filter(({ gives }) => gives === wanted)
      .map(({ id, title, extensions }) => `  ${id.padEnd(28)}${title} (${extensions.join(', ')})\n`)
      .join('')
  terminal.out(`Formats, known by content:\n${lines('points')}\nTraces:\n${lines('trace')}`)
}

async function importFiles(files: readonly string[], options: ImportOptions, context: CliContext): Promise<void> {
  const { batch, model } = options
  const engines = groupedByEngine(await Promise.all(files.map(recognised)))
  const groups = groupsOfFiles(engines.flatMap(([path]) => path ?? []))
  const specs = engines.map(
    ([path = '', ...others], at): ImportSpecInput => ({
      path: resolve(path),
      ...(others.length === 0 ? {} : { others: others.map(other => resolve(other)) }),
      ...(groups[at] === undefined ? {} : { group: groups[at] }),
      ...(batch === undefined ? {} : { batch }),
      ...(model === undefined ? {} : { model }),
    }),
  )
  const [first = 'import'] = files
  for (const [path = '', ...others] of engines) {
    if (others.length > 0)
      remark(
        context.terminal,
        options,
        `Read together, as of one engine: ${[path, ...others].map(each => basename(each)).join(', ')}`,
      )
  }
  await runAll('import', specs, basename(first, extname(first)), options, context)
}

/** What a file is, where it may be one of several about one engine; a file that cannot be opened fails where it is read. */
async function recognised(path: string): Promise<{ path: string; formatId: string | undefined }> {
  const source = await openFileSource(resolve(path)).catch(() => undefined)
  if (source === undefined) return { path, formatId: undefined }
  try {
    const head = await readHead(source)
    const format = FORMATS.find(({ sniff }) => sniff(head))
    return { path, formatId: format?.partOf === undefined ? undefined : format.id }
  } finally {
    await source.close()
  }
}
