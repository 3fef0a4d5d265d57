import type { ServerTargetInput } from '#domain/server.ts'

/** What the user types to reach a server; every field is text, nothing is stored outside this page. */
export interface ConnectionForm {
  url: string
  /** One `Name: value` a line. */
  headers: string
  accessToken: string
  asksMetrics: boolean
  /** Empty: the usual address, http://HOST:8002/metrics. */
  metricsUrl: string
  caPath: string
  certPath: string
  keyPath: string
  serverName: string
  insecure: boolean
  timeoutSeconds: string
}

export interface ConnectionReading {
  /** Absent while there is a problem. */
  target?: ServerTargetInput
  problems: Partial<Record<'url' | 'headers' | 'timeoutSeconds', string>>
}

export function newConnectionForm(change: Partial<ConnectionForm> = {}): ConnectionForm {
  return {
    url: '',
    headers: '',
    accessToken: '',
    asksMetrics: true,
    metricsUrl: '',
    caPath: '',
    certPath: '',
    keyPath: '',
    serverName: '',
    insecure: false,
    timeoutSeconds: '',
    ...change,
  }
}

/** The form of a target used before, for its fields to be seen and changed. */
export function formOfTarget({ url, connection = {} }: ServerTargetInput): ConnectionForm {
  const { headers = {}, accessToken = '', metricsUrl, tls = {}, timeoutMs } = connection
  return newConnectionForm({
    url,
    headers: Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    accessToken,
    asksMetrics: metricsUrl !== '',
    metricsUrl: metricsUrl ?? '',
    caPath: tls.caPath ?? '',
    certPath: tls.certPath ?? '',
    keyPath: tls.keyPath ?? '',
    serverName: tls.serverName ?? '',
    insecure: tls.insecure ?? false,
    timeoutSeconds: timeoutMs === undefined ? '' : String(timeoutMs / 1000),
  })
}

export function readConnection(form: ConnectionForm): ConnectionReading {
  const problems: ConnectionReading['problems'] = {}
  const url = form.url.trim()
  if (url === '') problems.url = 'An address is needed, as localhost:8000'
  const headers = readHeaders(form.headers)
  if (typeof headers === 'string') problems.headers = headers
  const timeoutSeconds = form.timeoutSeconds.trim() === '' ? undefined : Number(form.timeoutSeconds)
  if (timeoutSeconds !== undefined && !(timeoutSeconds > 0)) problems.timeoutSeconds = 'Seconds, above 0'
  if (Object.keys(problems).length > 0 || typeof headers === 'string') return { problems }
  const tls = tlsOf(form)
  const metricsUrl = form.asksMetrics ? form.metricsUrl.trim() || undefined : ''
  return {
    problems,
    target: {
      url,
      connection: {
        headers,
        ...(form.accessToken === '' ? {} : { accessToken: form.accessToken }),
        ...(metricsUrl === undefined ? {} : { metricsUrl }),
        ...(tls === undefined ? {} : { tls }),
        ...(timeoutSeconds === undefined ? {} : { timeoutMs: timeoutSeconds * 1000 }),
      },
    },
  }
}

/** Name and value of each line, or what is wrong with one. */
function readHeaders(text: string): Record<string, string> | string {
  const headers: Record<string, string> = {}
  for (const line of text.split('\n').filter(each => each.trim() !== '')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon < 1 || /[^!#$%&'*+.^_`|~\w-]/.test(name)) return `Not a header: ${line.trim()}. Write Name: value`
    headers[name] = line.slice(colon + 1).trim()
  }
  return headers
}

function tlsOf({ caPath, certPath, keyPath, serverName, insecure }: ConnectionForm) {
  const given = Object.entries({ caPath, certPath, keyPath, serverName })
    .map(([key, text]) => [key, text.trim()] as const)
    .filter(([, text]) => text !== '')
  return given.length === 0 && !insecure ? undefined : { ...Object.fromEntries(given), insecure }
}
