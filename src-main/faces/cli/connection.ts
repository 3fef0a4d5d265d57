import { type Command, InvalidArgumentError, Option } from 'commander'
import type { z } from 'zod'
import type { ServerConnection } from '#domain/server.ts'
import { parseDuration } from './values.ts'

/** How every command that talks to a server says what the server wants to see. */
export interface ConnectionOptions {
  header?: Record<string, string>
  accessToken?: string
  metricsUrl?: string
  ca?: string
  cert?: string
  key?: string
  serverName?: string
  insecure?: boolean
  controlTimeout?: number
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--header <name: value>', 'header or gRPC metadata of every request, repeatable; not kept', collectHeader)
    .addOption(
      // In the environment other users of the machine do not see it; the lines of `infer` take it from there too.
      new Option('--access-token <token>', 'access token of a PyTriton server; not kept').env('TRITON_ACCESS_TOKEN'),
    )
    .option('--metrics-url <url>', "the server's metrics (default: http://HOST:8002/metrics); none: not asked")
    .option('--ca <file>', 'certificates to trust (PEM)')
    .option('--cert <file>', 'our certificate (PEM)')
    .option('--key <file>', 'its key (PEM)')
    .option('--server-name <name>', "name in the server's certificate, where it is not the host")
    .option('--insecure', 'accept any certificate; said in the passport')
    .option('--control-timeout <time>', 'limit of one control call (default: 10s)', parseDuration)
}

/** Only what was given: the schema knows the rest. */
export function connectionOf(options: ConnectionOptions): z.input<typeof ServerConnection> {
  const { header, accessToken, metricsUrl, ca, cert, key, serverName, insecure, controlTimeout } = options
  const tls = {
    ...(ca === undefined ? {} : { caPath: ca }),
    ...(cert === undefined ? {} : { certPath: cert }),
    ...(key === undefined ? {} : { keyPath: key }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecure === undefined ? {} : { insecure }),
  }
  return {
    ...(header === undefined ? {} : { headers: header }),
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(metricsUrl === undefined ? {} : { metricsUrl: metricsUrl === 'none' ? '' : metricsUrl }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(controlTimeout === undefined ? {} : { timeoutMs: controlTimeout }),
  }
}

/** `Name: value`; a value may hold colons itself. */
function collectHeader(text: string, before: Record<string, string> = {}): Record<string, string> {
  const match = /^([^:\s]+):\s*(.*)$/s.exec(text)
  if (match === null) throw new InvalidArgumentError('A header looks like "Authorization: Bearer TOKEN".')
  return { ...before, [match[1] ?? '']: match[2] ?? '' }
}
