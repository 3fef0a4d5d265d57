/** One word of a POSIX shell, whatever it holds: inside single quotes nothing has a meaning but the quote itself. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** A Python string literal: JSON's escapes are Python's; what cannot be seen is escaped too. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, letter =>
    [...Array(letter.length).keys()].map(i => `\\u${letter.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )
}

/** A Python bytes literal. */
export function pythonBytes(bytes: Uint8Array): string {
  const letters = Array.from(bytes, byte =>
    byte === 0x22 || byte === 0x5c || byte < 0x20 || byte > 0x7e
      ? `\\x${byte.toString(16).padStart(2, '0')}`
      : String.fromCharCode(byte),
  )
  return `b"${letters.join('')}"`
}

/**
 * The variable of the environment that holds a secret header's value: lines to copy never hold it. In a name space of
 * its own, so that no header is one of the shell's: `path` is not $PATH.
 */
export function secretVariable(header: string): string {
  const name = header.toUpperCase().replaceAll(/[^A-Z\d]/g, '_')
  return name.startsWith('TRITON_') ? name : `TRITON_${name}`
}
