import { InvalidArgumentError } from 'commander'
import type { CaptureSpecInput } from '#domain/capture-spec.ts'
import { parseDuration } from './values.ts'

/** `8,3,224,224`, repeatable: a shape per input. */
export function collectShapes(text: string, before: number[][] = []): number[][] {
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('A shape looks like 8,3,224,224 (with the batch).')
  return [...before, text.split(',').map(Number)]
}

/** `NAME=VALUE`, or `NAME` for the value it has here; repeatable. */
export function collectEnvironment(text: string, before: Record<string, string> = {}): Record<string, string> {
  const match = /^([A-Za-z_][\w.-]*)(?:=([\s\S]*))?$/.exec(text)
  if (match === null) throw new InvalidArgumentError('A variable looks like NAME=VALUE or NAME.')
  const [, name = '', given] = match
  const value = given ?? process.env[name]
  if (value === undefined)
    throw new InvalidArgumentError(`There is no variable ${name} here; give it as ${name}=VALUE.`)
  return { ...before, [name]: value }
}

/** As durations elsewhere; a bare number is milliseconds. @returns seconds */
export function parseSeconds(text: string): number {
  return parseDuration(text) / 1000
}

/** Fields that were given; what they hold is checked by the contract's handler. */
export function captureOptions(fields: Record<string, unknown>): CaptureSpecInput {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as unknown as CaptureSpecInput
}
