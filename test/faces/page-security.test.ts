import { expect, test } from 'vitest'
import { CONTENT_SECURITY_POLICY, PAGE_HEADERS } from '../../src-main/faces/page-security.ts'

const directives = new Map(
  CONTENT_SECURITY_POLICY.split('; ').map(each => [each.split(' ')[0], each.split(' ').slice(1)] as const),
)

test('what is not named is refused, and nothing named lies outside the page', () => {
  expect(directives.get('default-src')).toEqual(["'none'"])
  for (const closed of ['object-src', 'base-uri', 'form-action', 'frame-ancestors']) {
    expect(directives.get(closed)).toEqual(["'none'"])
  }
  expect(directives.get('script-src')).toEqual(["'self'"])
  expect(directives.get('style-src')).toEqual(["'self'"])
  expect(directives.get('connect-src')).toEqual(["'self'"])
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe-|https?:|\*/)
})

test('every answer forbids guessing types, framing and telling where one came from', () => {
  expect(PAGE_HEADERS).toMatchObject({
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
  })
})
