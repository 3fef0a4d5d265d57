export type TokenKind = 'identifier' | 'integer' | 'float' | 'string' | 'symbol' | 'end'

export interface Token {
  kind: TokenKind
  text: string
  start: number
  /** Offset behind it. */
  end: number
}

export interface TokenProblem {
  at: number
  message: string
}

const SPACE = /[ \t\n\v\f\r]*/y
/** A NUL ends a comment as a line does, and is then a mistake of its own. */
const COMMENT = /#[^\n\0]*/y
const IDENTIFIER = /[A-Za-z_]\w*/y
const HEX = /0[xX][0-9A-Fa-f]*/y
const OCTAL = /0\d+/y
const DECIMAL = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d*)?[fF]?/y
const ESCAPE = /\\(?:[abfnrtv\\?'"]|[0-7]|[xX][0-9A-Fa-f]|u[0-9A-Fa-f]{4}|U00[01][0-9A-Fa-f]{5})/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0e-\x1f\x7f]/

/**
 * Words of protobuf's text format as Triton's parser (protobuf C++, `io::Tokenizer` with shell comments, no relaxed
 * whitespace) cuts them. It never stops: what is wrong is told and skipped, and the last token is `end`.
 */
export function tokenize(text: string): { tokens: Token[]; problems: TokenProblem[] } {
  const tokens: Token[] = []
  const problems: TokenProblem[] = []
  const match = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  let at = 0
  const push = (kind: TokenKind, end: number) => {
    tokens.push({ kind, text: text.slice(at, end), start: at, end })
    at = end
  }
  for (;;) {
    at += match(SPACE, at)?.length ?? 0
    const comment = match(COMMENT, at)
    if (comment !== undefined) {
      at += comment.length
      continue
    }
    const char = text[at]
    if (char === undefined) break
    const identifier = match(IDENTIFIER, at)
    if (identifier !== undefined) push('identifier', at + identifier.length)
    else if (/\d/.test(char) || (char === '.' && /\d/.test(text[at + 1] ?? ''))) number()
    else if (char === '"' || char === "'") push('string', stringEnd(char))
    else if (CONTROL.test(char)) problems.push({ at: at++, message: 'A control character' })
    else {
      const length = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
      if (char > '\x7f')
        problems.push({ at, message: `The character "${text.slice(at, at + length)}" outside a string` })
      push('symbol', at + length)
    }
  }
  push('end', text.length)
  return { tokens, problems }

  function number(): void {
    const last = tokens.at(-1)
    if (text[at] === '.' && last?.kind === 'identifier' && last.end === at)
      problems.push({ at, message: 'A blank is missing between a name and a number' })
    const hex = match(HEX, at)
    const octal = match(OCTAL, at)
    const word = hex ?? octal ?? match(DECIMAL, at) ?? ''
    const isFloat = (hex ?? octal) === undefined && /[.eEfF]/.test(word)
    if (hex?.length === 2) problems.push({ at, message: '"0x" without hexadecimal digits' })
    if (octal !== undefined && /[89]/.test(word))
      problems.push({ at, message: 'A number that begins with 0 is octal: digits 0 to 7' })
    if (isFloat && /[eE][+-]?[fF]?$/.test(word)) problems.push({ at, message: 'An exponent without digits' })
    const after = text[at + word.length] ?? ''
    if (/[A-Za-z_]/.test(after)) problems.push({ at: at + word.length, message: 'A blank is missing after a number' })
    else if (after === '.') problems.push({ at: at + word.length, message: 'A second decimal point' })
    push(isFloat ? 'float' : 'integer', at + word.length)
  }

  /** @returns offset behind the string, or where it breaks off */
  function stringEnd(quote: string): number {
    for (let i = at + 1; ; ) {
      const char = text[i]
      if (char === quote) return i + 1
      if (char === undefined || char === '\0' || char === '\n') {
        problems.push({ at, message: 'A string that does not end on its line' })
        return i
      }
      if (char !== '\\') i++
      else {
        const sequence = match(ESCAPE, i)
        if (sequence === undefined) problems.push({ at: i, message: 'An escape sequence that does not exist' })
        i += sequence?.length ?? 1
      }
    }
  }
}
