/** A command line as typed, in words: blanks part them, quotes hold them together, a backslash takes the next sign as it is. */
export function splitWords(text: string): { words: string[] } | { problem: string } {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    if (quote !== undefined) {
      if (sign === quote) quote = undefined
      else if (sign === '\\' && quote === '"' && /["\\$`]/.test(text.charAt(at + 1)))
        word = `${word ?? ''}${text.charAt(++at)}`
      else word = `${word ?? ''}${sign}`
    } else if (sign === '"' || sign === "'") {
      quote = sign
      word ??= ''
    } else if (sign === '\\' && at + 1 < text.length) {
      word = `${word ?? ''}${text.charAt(++at)}`
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = `${word ?? ''}${sign}`
    }
  }
  if (quote !== undefined) return { problem: `A ${quote} is not closed` }
  if (word !== undefined) words.push(word)
  return { words }
}

/** Signs that mean something to a shell, unquoted: no shell reads the command here. */
export function shellSigns(text: string): string | undefined {
  const unquoted = text.replaceAll(/'[^']*'|"(?:\\.|[^"\\])*"|\\./g, '')
  const found = /[|&;<>]|\$\(|`|\$\w|\*/.exec(unquoted)?.[0]
  return found === undefined
    ? undefined
    : `No shell reads this: "${found}" goes to the program as it stands. Write sh -c '…' where you need one.`
}
