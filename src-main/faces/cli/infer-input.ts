import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { RequestInput } from '#domain/server.ts'

export interface InputWords {
  input?: string[]
  text?: string[]
  jsonData?: string[]
  shape?: Record<string, number[]>
}

/** Words like `NAME:file.npy`, split by the names that the model has: names and paths may hold colons themselves. */
export function requestInputs(words: InputWords, names: readonly string[]): RequestInput[] {
  const given: [string, (rest: string) => RequestInput['source']][] = [
    ...(words.input ?? []).map(word => [word, sourceOf] as [string, typeof sourceOf]),
    ...(words.text ?? []).map(word => [word, (text: string) => ({ from: 'text', text })] as [string, typeof sourceOf]),
    ...(words.jsonData ?? []).map(
      word => [word, (text: string) => ({ from: 'json', text })] as [string, typeof sourceOf],
    ),
  ]
  const inputs = new Map<string, RequestInput>()
  for (const [word, read] of given) {
    const { name, rest } = splitName(word, names)
    if (inputs.has(name)) throw new EngineError('USAGE', `The input ${name} is given twice`)
    inputs.set(name, { name, source: read(rest) })
  }
  for (const [name, shape] of Object.entries(words.shape ?? {})) {
    const input = inputs.get(name) ?? { name, source: { from: 'random', seed: 0 } }
    inputs.set(name, { ...input, shape })
  }
  return [...inputs.values()]
}

function splitName(word: string, names: readonly string[]): { name: string; rest: string } {
  const matching = names.filter(name => word.startsWith(`${name}:`)).sort((a, b) => b.length - a.length)
  const [name] = matching
  if (name !== undefined) return { name, rest: word.slice(name.length + 1) }
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return { name: only, rest: word }
  throw new EngineError('USAGE', `"${word.slice(0, 80)}" does not say for which input`, {
    hint: names.length === 0 ? 'The model takes no inputs.' : `Write NAME:VALUE; the model has ${names.join(', ')}.`,
  })
}

function sourceOf(rest: string): RequestInput['source'] {
  if (rest === 'zeros') return { from: 'zeros' }
  const seed = /^random(?::(\d+))?$/.exec(rest)
  if (seed !== null) return { from: 'random', seed: Number(seed[1] ?? 0) }
  return { from: 'file', path: resolve(rest), as: 'auto' }
}

/** What stands for `-` in the words: everything on stdin, as a file of its own until `remove`. */
export async function readStdin(stdin: AsyncIterable<Buffer>): Promise<{ path: string; remove(): void }> {
  const parts: Buffer[] = []
  for await (const part of stdin) parts.push(part)
  const bytes = Buffer.concat(parts)
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-stdin-'))
  const path = join(folder, `stdin${extensionFor(bytes)}`)
  writeFileSync(path, bytes, { mode: 0o600 })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A pipe has no name to tell JSON from text by; arrays and pictures are known by their first bytes. */
function extensionFor(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  if (Buffer.compare(Buffer.from(text), bytes) !== 0) return ''
  return /^\s*\[/.test(text) ? '.json' : '.txt'
}
