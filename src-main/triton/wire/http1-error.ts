/** Triton answers `{"error": "…"}`; a proxy what it likes. */
export function httpErrorMessage(text: string, status: number): string {
  const json = /"error"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1]
  if (json !== undefined) {
    try {
      return String(JSON.parse(json))
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  const words = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500)
  return words === '' ? `HTTP status ${status}` : words
}
