import { expect, test } from 'vitest'
import { type Knock, pageRefusalOf, refusalOf } from '../../src-main/faces/serve/admission.ts'

const names = new Set(['localhost', '127.0.0.1', '[::1]'])
const token = 'secret-token'
const good: Knock = {
  host: 'localhost:8700',
  origin: 'http://localhost:8700',
  authorization: undefined,
  protocols: `batchscope, batchscope.token.${token}`,
}

test('the own page with the token is let in, also through a tunnel with another port', () => {
  expect(refusalOf(good, names, token)).toBeUndefined()
  expect(refusalOf({ ...good, host: '127.0.0.1:9', origin: 'http://127.0.0.1:9' }, names, token)).toBeUndefined()
  expect(refusalOf({ ...good, host: '[::1]:9', origin: 'http://[::1]:9' }, names, token)).toBeUndefined()
})

test('a program without a page may use the header', () => {
  expect(
    refusalOf({ ...good, origin: undefined, protocols: 'batchscope', authorization: `Bearer ${token}` }, names, token),
  ).toBeUndefined()
})

test.each<[string, Partial<Knock>, string]>([
  ['a name rebound to this machine', { host: 'evil.example:8700', origin: 'http://evil.example:8700' }, 'host'],
  ['no host', { host: undefined }, 'host'],
  ['a host that parses to another one', { host: 'localhost@evil.example' }, 'host'],
  ['another site', { origin: 'http://evil.example' }, 'origin'],
  ['another port of this machine', { origin: 'http://localhost:1' }, 'origin'],
  ['a sandboxed frame', { origin: 'null' }, 'origin'],
  ['https of the same name', { origin: 'https://localhost:8700' }, 'origin'],
  ['no token', { protocols: 'batchscope' }, 'token'],
  ['a wrong token', { protocols: 'batchscope, batchscope.token.secret-tokem' }, 'token'],
  ['a token with more behind it', { protocols: `batchscope, batchscope.token.${token}x` }, 'token'],
])('%s is refused', (_, change, reason) => {
  expect(refusalOf({ ...good, ...change }, names, token)).toBe(reason)
})

test('the files of the page need no token, but Host and Origin', () => {
  expect(pageRefusalOf({ ...good, protocols: undefined, origin: undefined }, names)).toBeUndefined()
  expect(pageRefusalOf({ ...good, host: 'evil.example' }, names)).toBe('host')
})
