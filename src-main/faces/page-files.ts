import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { PAGE_HEADERS } from './page-security.ts'

/** Types of the files that a build of the page contains; anything else in the folder is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

/** Answer to a request for a file of the page, headers and body ready to send. */
export interface PageAnswer {
  status: 200 | 400 | 404
  headers: Readonly<Record<string, string>>
  body: Uint8Array<ArrayBuffer>
}

/**
 * A built file's name under the page folder, or why there is none. Pure: looks at the text only.
 * Only plain names pass: what a build writes needs no escapes, so `%`, `\`, `:`, NUL, empty and dotted segments are
 * refused instead of decoded. A path without an extension is a route of the page and gets `index.html`.
 * @param pathname of the URL as it came, with its leading slash, without query and fragment
 */
function pageFileName(pathname: string): string | 'refused' {
  if (!pathname.startsWith('/')) return 'refused'
  const segments = pathname.slice(1).split('/')
  const last = segments.at(-1) ?? ''
  if (extname(last) === '') return isRoute(segments) ? 'index.html' : 'refused'
  return segments.every(isPlainName) && extname(last) in TYPES ? segments.join('/') : 'refused'
}

/** A route may carry escaped ids; it never becomes a path, so only what no browser sends is refused. */
function isRoute(segments: readonly string[]): boolean {
  return segments.every(segment => !/^\.|\\|\0/.test(segment) && !/%(2e|2f|5c|00)/i.test(segment))
}

function isPlainName(segment: string): boolean {
  return /^[\w@-][\w.@-]*$/.test(segment)
}

/**
 * One file of the built page with type, security headers and caching (`assets/` names carry a content hash).
 * @param root folder of the built page   @returns 400 for a path that no build has, 404 where the file is not there
 */
export async function pageFile(root: string, pathname: string): Promise<PageAnswer> {
  const name = pageFileName(pathname)
  if (name === 'refused') return plain(400, 'Not a path of this page.\n')
  try {
    const body = new Uint8Array(await readFile(join(root, name)))
    const caching = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    return { status: 200, headers: { ...PAGE_HEADERS, 'Content-Type': type, 'Cache-Control': caching }, body }
  } catch (error) {
    if (isMissing(error)) return plain(404, `The page has no file "${name}". Is it built? (npm run build)\n`)
    throw error
  }
}

function plain(status: 400 | 404, text: string): PageAnswer {
  const headers = { ...PAGE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }
  return { status, headers, body: new TextEncoder().encode(text) }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR'
}
