import { pageFile } from '../src-main/faces/page-files.ts'
import { PAGE_HOST, PAGE_SCHEME } from './channels.ts'
import type { ProtocolApi } from './electron-api.ts'

/** Before `ready`: `app://` gets an origin of its own, storage, and counts as secure. It may not bypass the CSP. */
export function declarePageScheme(protocol: Pick<ProtocolApi, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** After `ready`: serves the built page, nothing else of the disk. @param root folder of the built page */
export function servePage(protocol: Pick<ProtocolApi, 'handle'>, root: string): void {
  protocol.handle(PAGE_SCHEME, request => answerPageRequest(request, root))
}

/** @see src-main/faces/page-files.ts for what is refused */
export async function answerPageRequest(request: Request, root: string): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only GET and HEAD.')
  const host = hostOf(request.url)
  if (host !== PAGE_HOST) return refusal(404, 'Not the page of Batchscope.')
  const { status, headers, body } = await pageFile(root, rawPathname(request.url))
  return new Response(request.method === 'HEAD' ? null : body, { status, headers })
}

/** Not `new URL().pathname`: that resolves `..` away, and a request that carries it is to be refused, not repaired. */
function rawPathname(address: string): string {
  const afterScheme = address.slice(address.indexOf('://') + 3)
  const slash = afterScheme.indexOf('/')
  return slash === -1 ? '/' : (afterScheme.slice(slash).split(/[?#]/)[0] ?? '/')
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined
}

function refusal(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
  })
}
