import { type Command, CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { RULES } from '../../../src-main/catalog.ts'
import type { CliContext } from '../../../src-main/faces/cli/common.ts'
import { buildProgram } from '../../../src-main/faces/cli/program.ts'
import { judgeAll } from '../../../src-main/findings/define.ts'
import { NEXT } from '../../../src-main/findings/trace-next.ts'
import { traceFacts } from '../../helpers/trace-facts.ts'
import { TRACE_CASES } from '../../laws/trace-cases.ts'

/** The command line's own parser, without doing anything. @throws CommanderError for what it does not know */
function parse(line: string): void {
  const context: CliContext = {
    terminal: { out: () => {}, err: () => {}, interactive: false },
    signal: new AbortController().signal,
    engine: () => Promise.reject(new Error('nothing runs here')),
  }
  const program = buildProgram(context)
  const disarm = (command: Command) => {
    command.exitOverride().action(() => {})
    command.commands.forEach(disarm)
  }
  disarm(program)
  program.parse(line.split(' ').slice(1), { from: 'user' })
}

const isCommand = (text: string) => text.startsWith('batchscope ')

test('the parser refuses what the command line does not know', () => {
  expect(() => parse('batchscope capture nsys --no-such-option -- python SCRIPT.py')).toThrow(CommanderError)
})

test.each(Object.values(NEXT))('%s is a command of ours', line => {
  expect(() => parse(line)).not.toThrow()
})

test('every command that a finding on a trace names is one of ours', () => {
  const facts = [
    traceFacts(),
    ...Object.values(TRACE_CASES).flatMap(({ raises, mustNot }) => [raises.trace, mustNot.trace]),
  ]
  const lines = facts.flatMap(trace =>
    trace === undefined ? [] : judgeAll(RULES, { trace }).flatMap(({ next }) => next),
  )
  const commands = [...new Set(lines.map(line => line.replace(/^[^:]*: (?=batchscope )/, '')).filter(isCommand))]
  expect(commands.length).toBeGreaterThan(5)
  for (const line of commands) expect(() => parse(line), line).not.toThrow()
})
