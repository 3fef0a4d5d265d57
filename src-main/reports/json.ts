import type { ResultDocument } from '#domain/document.ts'

/** The result document as indented JSON, a newline at the end. */
export function toJson(document: ResultDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`
}
