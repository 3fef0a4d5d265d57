import type { Facts, Passport } from '#domain/passport.ts'
import type { HostFacts } from '../../machine/host.ts'

export interface CapturePassportSources {
  cli: string
  argv: readonly string[]
  app: { version: string; commit: string }
  host: HostFacts
  /** The tool, its version, its options; what ran under it. */
  runtime: Facts
  model?: Facts
  /** What the trace is of and how. */
  method: Facts
  startedAt: string
}

/** How a trace came about (DESIGN §6). Facts that only the end tells are added by `withEnd`. */
export function capturePassport(sources: CapturePassportSources): Passport {
  const { cli, argv, app, host, runtime, model = {}, method, startedAt } = sources
  return {
    command: { cli, argv: [...argv] },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model,
    runtime,
    method,
    ...host,
    time: { startedAt },
  }
}

export function withEnd(
  passport: Passport,
  { runtime = {}, method = {} }: { runtime?: Facts; method?: Facts },
): Passport {
  return {
    ...passport,
    runtime: { ...passport.runtime, ...runtime },
    method: { ...passport.method, ...method },
    time: { ...passport.time, endedAt: new Date().toISOString() },
  }
}
