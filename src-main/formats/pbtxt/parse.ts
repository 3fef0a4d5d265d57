import { EngineError } from '#domain/errors.ts'
import type { ConfigProblem } from '#domain/repository.ts'
import { MODEL_CONFIG } from './fields.ts'
import { Places } from './place.ts'
import { readScalar } from './read-scalar.ts'
import { isDefault } from './scalars.ts'
import { type Token, tokenize } from './tokens.ts'
import type { FieldNode, MessageNode } from './tree.ts'
import { type FieldType, hasPresence, type MessageType } from './types.ts'

/** Thrown inside the parser where the text cannot be read on; everything before it is told too. */
class Stop extends Error {}

const MAX_CHARS = 4 * 1024 * 1024
const MAX_PROBLEMS = 100

/**
 * A config.pbtxt as a tree that knows where everything stands. Grammar and refusals are those of protobuf's C++
 * TextFormat::Parse as Triton calls it; where only a value is wrong it reads on, so that one look shows all of it.
 * @returns `isWhole` false where the text could not be read to its end
 * @throws EngineError FORMAT_BROKEN beyond 4 Mi characters: no configuration is that long
 */
export function parseTree(text: string): { tree: MessageNode; problems: ConfigProblem[]; isWhole: boolean } {
  if (text.length > MAX_CHARS)
    throw new EngineError('FORMAT_BROKEN', `A configuration of ${text.length} characters`, {
      hint: 'Is it the right file?',
    })
  const { tokens, problems } = tokenize(text)
  const parser = new Parser(text, tokens)
  for (const { at, message } of problems) parser.problem(at, message)
  const isWhole = parser.run()
  return { tree: parser.root, problems: parser.sorted(), isWhole }
}

/** Where the parser is, told only when something is wrong there: `instance_group[0].count`. */
interface Path {
  above?: Path
  owner: MessageNode
  name: string
  type?: FieldType
}

function pathText({ above, owner, name, type }: Path): string {
  const before = above === undefined ? '' : `${pathText(above)}.`
  if (type?.repeated !== true) return before + name
  const index = owner.fields.filter(field => field.name === name).reduce((sum, { values }) => sum + values.length, 0)
  return `${before}${name}[${index}]`
}

class Parser {
  readonly root: MessageNode
  readonly #tokens: readonly Token[]
  readonly #places: Places
  readonly #problems: (ConfigProblem & { at: number })[] = []
  /** Fields, and oneofs, that a message has: by name, the field that set it. */
  readonly #set = new WeakMap<MessageNode, Map<string, string>>()
  #next = 0

  constructor(text: string, tokens: readonly Token[]) {
    this.#tokens = tokens
    this.#places = new Places(text)
    this.root = {
      kind: 'message',
      type: MODEL_CONFIG,
      start: 0,
      end: text.length,
      open: 0,
      close: text.length,
      fields: [],
    }
  }

  run(): boolean {
    try {
      while (this.#token.kind !== 'end') this.#field(this.root)
      return true
    } catch (thrown) {
      if (thrown instanceof Stop) return false
      throw thrown
    }
  }

  problem(at: number, message: string, path?: Path, hint?: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) return
    const place = { ...this.#places.of(at), ...(path ? { field: pathText(path) } : {}), ...(hint ? { hint } : {}) }
    this.#problems.push({ at, severity: 'error', message, ...place })
  }

  sorted(): ConfigProblem[] {
    return this.#problems.toSorted((a, b) => a.at - b.at).map(({ at: _, ...problem }) => problem)
  }

  get #token(): Token {
    const token = this.#tokens[this.#next]
    if (token === undefined) throw new Error('read behind the last token')
    return token
  }

  #take(): Token {
    const token = this.#token
    if (token.kind !== 'end') this.#next++
    return token
  }

  #takeIf(symbol: string): Token | undefined {
    const token = this.#token
    return token.kind === 'symbol' && token.text === symbol ? this.#take() : undefined
  }

  #expect(symbol: string, path: Path): Token {
    return this.#takeIf(symbol) ?? this.#stop(`Expected "${symbol}", found ${this.#found()}`, path)
  }

  #found(): string {
    return this.#token.kind === 'end' ? 'the end of the text' : `"${this.#token.text.slice(0, 40)}"`
  }

  #stop(message: string, path?: Path, hint?: string): never {
    this.problem(this.#token.start, message, path, hint)
    throw new Stop()
  }

  #field(owner: MessageNode, above?: Path): void {
    const name = this.#token
    if (name.kind !== 'identifier') this.#stop(`Expected the name of a field, found ${this.#found()}`, above)
    this.#take()
    const type = owner.type.fields.get(name.text)
    const path: Path = { ...(above ? { above } : {}), owner, name: name.text, ...(type ? { type } : {}) }
    if (type === undefined) {
      this.problem(name.start, `${owner.type.name} has no field "${name.text}"`, path, likeliest(name.text, owner.type))
      this.#skipValue(path)
      this.#separator()
    } else {
      this.#refuseSecond(owner, name, type, path)
      const node: FieldNode = { name: name.text, type, start: name.start, end: name.end, values: [] }
      owner.fields.push(node)
      this.#values(node, path)
      this.#note(owner, node)
      const last = this.#separator() ?? this.#tokens[this.#next - 1]
      node.end = last?.end ?? node.end
    }
  }

  #separator(): Token | undefined {
    return this.#takeIf(';') ?? this.#takeIf(',')
  }

  #refuseSecond(owner: MessageNode, name: Token, type: FieldType, path: Path): void {
    const set = type.repeated ? undefined : this.#set.get(owner)
    if (set?.has(name.text)) this.problem(name.start, `"${name.text}" is set a second time`, path)
    const other = type.oneof === undefined ? undefined : set?.get(`oneof ${type.oneof}`)
    if (other !== undefined && other !== name.text)
      this.problem(name.start, `"${name.text}" cannot stand beside "${other}"`, path, `Only one ${type.oneof}.`)
  }

  #note(owner: MessageNode, node: FieldNode): void {
    const { type, name } = node
    if (type.repeated || !isSet(owner.type, node)) return
    const set = this.#set.get(owner) ?? new Map<string, string>()
    this.#set.set(owner, set.set(name, name))
    if (type.oneof !== undefined) set.set(`oneof ${type.oneof}`, name)
  }

  #values(node: FieldNode, path: Path): void {
    const { type } = node
    if (type.kind === 'message') this.#takeIf(':')
    else this.#expect(':', path)
    const open = type.repeated ? this.#takeIf('[') : undefined
    if (open === undefined) {
      node.values.push(this.#value(type, path))
      return
    }
    const list: NonNullable<FieldNode['list']> = { open: open.end, close: open.end, commas: [] }
    node.list = list
    let close = this.#takeIf(']')
    while (close === undefined) {
      node.values.push(this.#value(type, path))
      close = this.#takeIf(']')
      if (close === undefined) list.commas.push(this.#expect(',', path).start)
    }
    list.close = close.start
  }

  #value(type: FieldType, path: Path): FieldNode['values'][number] {
    if (type.kind === 'message') return this.#message(type.message, path)
    const read = readScalar(this.#tokens, this.#next, type)
    this.#next = read.next
    if ('problem' in read) {
      this.problem(read.start, read.problem, path)
      if (!read.goesOn) throw new Stop()
      return { kind: 'scalar', start: read.start, end: read.end }
    }
    return { kind: 'scalar', start: read.start, end: read.end, value: read.value }
  }

  #message(type: MessageType, path: Path): MessageNode {
    const angle = this.#takeIf('<')
    const open = angle ?? this.#expect('{', path)
    const node: MessageNode = {
      kind: 'message',
      type,
      start: open.start,
      end: open.end,
      open: open.end,
      close: open.end,
      fields: [],
    }
    while (!this.#isSymbol('}') && !this.#isSymbol('>')) {
      if (this.#token.kind === 'end')
        this.#stop(`"${open.text}" has no end`, path, `It opens in line ${this.#places.of(open.start).line}.`)
      this.#field(node, path)
    }
    const close = this.#expect(angle ? '>' : '}', path)
    node.close = close.start
    node.end = close.end
    return node
  }

  #isSymbol(symbol: string): boolean {
    return this.#token.kind === 'symbol' && this.#token.text === symbol
  }

  /** Over the value of a field that does not exist: balanced brackets, or one value. */
  #skipValue(path: Path): void {
    const hasColon = this.#takeIf(':') !== undefined
    const closes: string[] = []
    do {
      const token = this.#token
      if (token.kind === 'end') this.#stop('The text ends inside a field', path)
      const close = token.kind === 'symbol' ? BRACKETS.get(token.text) : undefined
      if (close !== undefined) closes.push(close)
      else if (token.text === closes.at(-1)) closes.pop()
      else if (token.kind === 'symbol' && CLOSING.has(token.text)) this.#stop(`Unexpected ${this.#found()}`, path)
      else if (closes.length === 0 && !hasColon) this.#stop(`Expected ":" or "{", found ${this.#found()}`, path)
      this.#take()
      if (token.text === '-' && this.#token.kind !== 'end') this.#take()
    } while (closes.length > 0)
    while (this.#token.kind === 'string') this.#take()
  }
}

const BRACKETS: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['<', '>'],
  ['[', ']'],
])
const CLOSING: ReadonlySet<string> = new Set(BRACKETS.values())

/** proto3 does not see that a plain field was set to its default: Triton takes `max_batch_size: 0 max_batch_size: 4`. */
function isSet(owner: MessageType, { type, values }: FieldNode): boolean {
  const [value] = values
  return (
    hasPresence(owner, type) || type.kind === 'message' || value?.kind !== 'scalar' || !isDefault(type, value.value)
  )
}

function likeliest(name: string, type: MessageType): string | undefined {
  const bare = (text: string) => text.toLowerCase().replaceAll(/_|s$/g, '')
  const like = [...type.fields.keys()].find(field => bare(field) === bare(name))
  return like === undefined ? undefined : `Did you mean "${like}"?`
}
