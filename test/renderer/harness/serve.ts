import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build } from 'vite'
import { PAGE_HEADERS } from '../../../src-main/faces/page-security.ts'

const here = import.meta.dirname
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** Builds app and gallery over the engine double, in a few seconds. @returns the folder, removed by `close` of what serves it */
export async function buildHarness(): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'batchscope-harness-'))
  await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    publicDir: false,
    plugins: [svelte({ configFile: false })],
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'chrome130',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      minify: false,
      rolldownOptions: { input: [join(here, 'index.html'), join(here, 'gallery.html')] },
      chunkSizeWarningLimit: 9000,
    },
  })
  return out
}

/** Serves what was built under the headers of the real page, Content-Security-Policy included. */
export async function serveHarness(out: string, port = 0): Promise<{ address: string; close: () => Promise<void> }> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = new URL(url, 'http://localhost').pathname
    const file = extname(path) === '' ? '/index.html' : path
    try {
      const body = await readFile(join(out, file))
      response.writeHead(200, { ...PAGE_HEADERS, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' })
      response.end(body)
    } catch {
      response.writeHead(404, PAGE_HEADERS).end('not here')
    }
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const bound = server.address()
  const boundPort = typeof bound === 'object' && bound ? bound.port : port
  return {
    address: `http://127.0.0.1:${boundPort}`,
    async close() {
      await new Promise<void>(resolve => server.close(() => resolve()))
      await rm(out, { recursive: true, force: true })
    },
  }
}

if (import.meta.main) {
  const { address } = await serveHarness(await buildHarness(), 5174)
  console.log(`App over an engine double: ${address}/?session\nComponents: ${address}/gallery.html`)
}
