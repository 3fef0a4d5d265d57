import type { Command } from 'commander'
import type { CliContext } from './common.ts'
import { renderTable, safeText } from './output.ts'

const MARKS = { ok: '✓', warning: '!', missing: '–' } as const

export function registerDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('what is installed on this machine and what it is good for')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  batchscope doctor\n  batchscope doctor --json')
    .action(async ({ json }: { json?: boolean }) => {
      const { client } = await context.engine()
      const doctor = await client.system.doctor({ fresh: true })
      if (json === true) {
        context.terminal.out(`${JSON.stringify(doctor, null, 2)}\n`)
        return
      }
      const rows = doctor.checks.map(({ state, title, found, readyFor }) => [
        MARKS[state],
        title,
        safeText(found),
        readyFor,
      ])
      context.terminal.out(`${renderTable(['', 'What', 'Found', 'Good for'], rows, [])}\n`)
      for (const { title, hint } of doctor.checks)
        if (hint !== undefined) context.terminal.out(`${title}: ${safeText(hint)}\n`)
    })
}

export function registerSchema(program: Command, context: CliContext): void {
  program
    .command('schema')
    .description('print the JSON Schema of the result document')
    .addHelpText('after', '\nExamples:\n  batchscope schema > batchscope-1.schema.json')
    .action(async () => {
      const { client } = await context.engine()
      context.terminal.out(`${JSON.stringify(await client.system.schema(), null, 2)}\n`)
    })
}
