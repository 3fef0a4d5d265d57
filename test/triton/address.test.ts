import { expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { metricsUrlOf, parseAddress, withoutCredentials } from '../../src-main/triton/address.ts'

test.each([
  ['localhost', 'http://localhost:8000'],
  ['gpu-box:9000', 'http://gpu-box:9000'],
  ['http://h:80', 'http://h:80'],
  ['http://h/', 'http://h:8000'],
  ['https://h', 'https://h:8000'],
  ['https://h:443/triton/v2/', 'https://h:443/triton'],
  ['grpc://h', 'grpc://h:8001'],
  ['GRPCS://h:443', 'grpcs://h:443'],
  ['::1', 'http://[::1]:8000'],
  ['[::1]:9', 'http://[::1]:9'],
  ['grpc://[fe80::1]', 'grpc://[fe80::1]:8001'],
  ['127.0.0.1', 'http://127.0.0.1:8000'],
])('%s is %s', (text, url) => {
  expect(parseAddress(text).url).toBe(url)
})

test.each([
  '',
  'http://',
  'ftp://h',
  'a b',
  'h:99999',
  'h:0',
  'h:x',
  'grpc://h/path',
  'h?x=1',
  'h\u0007',
  'http://h\\x',
])('%j is refused as usage, with an example', text => {
  expect(() => parseAddress(text)).toThrow(EngineError)
  try {
    parseAddress(text)
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'USAGE', data: { hint: expect.stringContaining('grpc://localhost:8001') } })
  }
})

test('an IPv6 host loses its brackets where a socket wants it bare', () => {
  expect(parseAddress('grpc://[::1]:5')).toMatchObject({ host: '::1', port: 5, authority: '[::1]:5' })
})

test('metrics are on port 8002 unless told', () => {
  expect(metricsUrlOf(parseAddress('grpcs://h:1'))).toBe('http://h:8002/metrics')
  expect(metricsUrlOf(parseAddress('::1'))).toBe('http://[::1]:8002/metrics')
  expect(metricsUrlOf(parseAddress('h'), 'h2:9')).toBe('http://h2:9/metrics')
  expect(metricsUrlOf(parseAddress('h'), 'https://p/x')).toBe('https://p/x')
  expect(metricsUrlOf(parseAddress('h'), '')).toBeUndefined()
})

test('credentials are used and never shown', () => {
  const address = parseAddress('https://user:p%40ss@h:1')
  expect(address.authorization).toBe(`Basic ${btoa('user:p@ss')}`)
  expect(address.url).toBe('https://h:1')
  expect(withoutCredentials('http://a:secret@h/x')).toBe('http://h/x')
  for (const text of ['http://a:secret@h:0', 'ftp://a:secret@h', 'http://a:secret@h h', 'grpc://a:secret@h/x']) {
    try {
      parseAddress(text)
      expect.unreachable()
    } catch (thrown) {
      expect(JSON.stringify([thrown, thrown instanceof EngineError && thrown.toFailure()])).not.toContain('secret')
    }
  }
})
