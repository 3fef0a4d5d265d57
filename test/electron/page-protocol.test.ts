import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerPageRequest } from '../../electron/page-protocol.ts'
import { CONTENT_SECURITY_POLICY } from '../../src-main/faces/page-security.ts'

let folder = ''
let root = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchscope-page-'))
  root = join(folder, 'renderer')
  mkdirSync(join(root, 'assets'), { recursive: true })
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(root, 'assets', 'main-B1x_9-.js'), 'export {}')
  writeFileSync(join(root, 'icon.svg'), '<svg/>')
  writeFileSync(join(root, 'notes.exe'), 'MZ')
  writeFileSync(join(folder, 'secret.json'), '{"token":"secret"}')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A Request whose address is given as it is: the constructor would tidy it up, an attacker would not. */
const raw = (url: string, method = 'GET') => {
  const request = new Request('app://batchscope/', { method })
  return Object.defineProperty(request, 'url', { value: url })
}
const get = (url: string) => answerPageRequest(raw(url), root)

describe('app://batchscope/ serves the built page', () => {
  test.each([
    ['app://batchscope/', 'text/html; charset=utf-8', 'no-cache'],
    ['app://batchscope', 'text/html; charset=utf-8', 'no-cache'],
    ['app://batchscope/index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['app://batchscope/icon.svg?v=1#x', 'image/svg+xml', 'no-cache'],
    ['app://batchscope/assets/main-B1x_9-.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
  ])('%s as %s', async (url, type, caching) => {
    const response = await get(url)
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe(type)
    expect(response.headers.get('Cache-Control')).toBe(caching)
  })

  test.each(['/run/7', '/session', '/run/a%20b%3F', '/new-benchmark/'])('the route %s gets index.html', async path => {
    expect(await (await get(`app://batchscope${path}`)).text()).toContain('<title>page</title>')
  })

  test('with the strict policy on every answer, refusals included', async () => {
    for (const path of ['/', '/assets/main-B1x_9-.js', '/assets/missing.js', '/..%2fsecret.json']) {
      const { headers } = await get(`app://batchscope${path}`)
      expect(headers.get('Content-Security-Policy')).toBe(CONTENT_SECURITY_POLICY)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })

  test('HEAD without a body', async () => {
    const response = await answerPageRequest(raw('app://batchscope/', 'HEAD'), root)
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

describe('app:// serves nothing else', () => {
  test.each([
    '/../secret.json',
    '/assets/../../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/%2E%2E%2Fsecret.json',
    '/%252e%252e%252fsecret.json',
    '/..%5csecret.json',
    '/..\\secret.json',
    '/assets/..%c0%af..%c0%afsecret.json',
    '//etc/passwd.json',
    '/C:/Windows/win.json',
    '/.hidden.json',
    '/secret.json%00.html',
    '/secret.json\0.html',
    '/notes.exe',
    '/..',
    '/%2e%2e',
    '/run/..',
    '/run/%2e%2e%2f%2e%2e',
  ])('%j is refused', async path => {
    const response = await get(`app://batchscope${path}`)
    expect(response.status).toBe(400)
    expect(await response.text()).not.toContain('secret"')
  })

  test('a missing file is 404 and not the page, so that a broken build shows', async () => {
    expect((await get('app://batchscope/assets/gone.js')).status).toBe(404)
  })

  test.each([
    'app://other/',
    'app://batchscope.evil/',
    'app://batchscope:80/',
    'app:batchscope',
    'nonsense',
  ])('another host gets nothing: %s', async url => {
    expect((await get(url)).status).toBe(404)
  })

  test('only reading', async () => {
    expect((await answerPageRequest(raw('app://batchscope/', 'POST'), root)).status).toBe(405)
  })

  test('a folder named like a file is 404', async () => {
    mkdirSync(join(root, 'folder.json'), { recursive: true })
    expect((await get('app://batchscope/folder.json')).status).toBe(404)
  })

  test.skipIf(process.platform === 'win32')('a failure to read is not hidden behind an empty page', async () => {
    symlinkSync('loop.json', join(root, 'loop.json'))
    await expect(get('app://batchscope/loop.json')).rejects.toThrow('ELOOP')
  })
})
