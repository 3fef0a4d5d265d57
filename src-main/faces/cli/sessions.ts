import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EngineError } from '#domain/errors.ts'
import { addOutputOptions, type CliContext, type OutputOptions, outputOf, remark } from './common.ts'
import { runList, safeText } from './output.ts'
import { wholeRunText } from './trace-output.ts'

export function registerShow(program: Command, context: CliContext): void {
  const command = program
    .command('show')
    .description('print a session, or one of its runs')
    .argument('<session>', 'session file')
    .argument('[run]', 'run id, or the beginning of one; "last" for the newest')
    .addHelpText(
      'after',
      '\nExamples:\n  batchscope show ocr.bscope\n  batchscope show ocr.bscope last --md\n  batchscope show ocr.bscope --json > results.json',
    )
  addOutputOptions(command).action((path: string, wanted: string | undefined, options: OutputOptions) =>
    show(path, wanted, options, context),
  )
}

async function show(
  path: string,
  wanted: string | undefined,
  options: OutputOptions,
  context: CliContext,
): Promise<void> {
  const { engine, client } = await context.engine()
  const { info, runs } = await client.sessions.open({ path: resolve(path), readOnly: true })
  const { sessionId } = info
  for (const sentence of info.damage) remark(context.terminal, options, safeText(`Damaged: ${sentence}`))
  const ids =
    wanted === undefined
      ? runs.map(run => run.id)
      : [
          findRun(
            runs.map(run => run.id),
            wanted,
          ),
        ]
  const output = outputOf(options)
  if (output !== 'table') {
    context.terminal.out((await client.sessions.report({ sessionId, format: output, runIds: ids })).text)
  } else if (wanted === undefined && runs.length !== 1) {
    context.terminal.out(`${safeText(info.name)}\n${runList(runs)}\n`)
  } else {
    for (const runId of ids) context.terminal.out(`${await wholeRunText(client, { sessionId, runId })}\n`)
  }
  await engine.sessions.close(sessionId)
}

/** @throws EngineError NOT_FOUND when none or several runs begin so */
/** A run by its id, the beginning of one, or "last". @throws EngineError NOT_FOUND */
export function findRun(ids: readonly string[], wanted: string): string {
  const matches = wanted === 'last' ? ids.slice(-1) : ids.filter(id => id.startsWith(wanted))
  const [only] = matches
  if (only !== undefined && matches.length === 1) return only
  throw new EngineError(
    'NOT_FOUND',
    matches.length === 0 ? `No run begins with "${wanted}"` : `${matches.length} runs begin with "${wanted}"`,
    {
      hint: `Runs: ${ids.join(', ') || 'none'}`,
    },
  )
}
