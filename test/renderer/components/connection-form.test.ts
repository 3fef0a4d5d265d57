import { expect, test } from 'vitest'
import { formOfTarget, newConnectionForm, readConnection } from '../../../src-renderer/components/connection-form.ts'

test('a bare address asks for nothing more', () => {
  expect(readConnection(newConnectionForm({ url: ' localhost:8000 ' })).target).toEqual({
    url: 'localhost:8000',
    connection: { headers: {} },
  })
})

test('a form comes back from its target as it was typed', () => {
  const form = newConnectionForm({
    url: 'https://host',
    headers: 'x-api-key: a:b\nx-team: vision',
    accessToken: 't',
    metricsUrl: 'http://host:9000/metrics',
    caPath: '/ca.pem',
    insecure: true,
    timeoutSeconds: '2.5',
  })
  const { target, problems } = readConnection(form)
  expect(problems).toEqual({})
  expect(target?.connection).toMatchObject({ headers: { 'x-api-key': 'a:b', 'x-team': 'vision' }, timeoutMs: 2500 })
  expect(target && formOfTarget(target)).toEqual(form)
})

test('metrics that are not wanted are an empty address, not a missing one', () => {
  const { target } = readConnection(newConnectionForm({ url: 'x', asksMetrics: false, metricsUrl: 'ignored' }))
  expect(target?.connection?.metricsUrl).toBe('')
  expect(target && formOfTarget(target).asksMetrics).toBe(false)
})

test.each(['no colon', ': no name', 'bad name: x'])('a header line "%s" is refused by name', headers => {
  const { target, problems } = readConnection(newConnectionForm({ url: 'x', headers }))
  expect(target).toBeUndefined()
  expect(problems.headers).toContain(headers.trim())
})
