import { EngineError } from '#domain/errors.ts'

/** JSON of a file, not yet checked. @throws EngineError FORMAT_BROKEN with the parser's own words */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(
      'FORMAT_BROKEN',
      'The JSON text cannot be read',
      { where, detail, hint: 'Is the file whole? Copy it again from where it was written.' },
      { cause },
    )
  }
}
