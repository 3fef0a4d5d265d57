import type { Failure } from '#domain/errors.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { SECRET } from './command.ts'
import type { SweepWorld } from './world.ts'

/** Why a spec cannot be started at this server, beyond its shapes. */
export function sweepProblems(
  spec: SweepSpec,
  { model, doors, intervalsUs }: SweepWorld,
  streaming: boolean,
): Failure[] {
  const problems: Failure[] = []
  const refuse = (message: string, hint: string, where?: string) =>
    problems.push({ code: 'SPEC_INVALID', message, hint, ...(where === undefined ? {} : { where }) })

  const http = doors.find(({ protocol }) => protocol === 'http')
  if (streaming && http !== undefined) {
    const why = model.decoupled === true ? `${model.name} answers a request several times` : 'Streaming was asked for'
    refuse(`${why}, which only gRPC carries`, 'Give the gRPC address: grpc://HOST:8001', http.url)
  }
  const loops = [spec.concurrencies, spec.requestRates, spec.requestIntervalsPath].filter(given => given !== undefined)
  if (loops.length > 1) {
    refuse('Concurrency, request rate and request intervals exclude each other', 'Give one of them.')
  }
  if (spec.binarySearch) problems.push(...searchProblems(spec))
  if (intervalsUs?.every(us => us === 0)) {
    refuse('Every interval of the schedule is 0', 'One interval in microseconds a line.', spec.requestIntervalsPath)
  }
  const lost = [
    ...Object.entries(spec.connection.headers).flatMap(([name, value]) => (value === SECRET ? [`header ${name}`] : [])),
    ...(spec.connection.accessToken === SECRET ? ['access token'] : []),
  ]
  if (lost.length > 0) {
    refuse(`The value of ${lost.join(' and ')} is missing: secrets are never kept`, 'Give it again.')
  }
  if (model.state !== 'READY' && model.state !== 'UNKNOWN') {
    problems.push({
      code: 'SERVER_REFUSED',
      message: `Model ${model.name} is ${model.state}`,
      where: model.name,
      hint: 'Load it first.',
      ...(model.reason === undefined || model.reason === '' ? {} : { detail: model.reason }),
    })
  }
  return problems
}

function searchProblems({
  latencyThresholdMs,
  concurrencies,
  requestRates,
  requestIntervalsPath,
  scenario,
}: SweepSpec): Failure[] {
  const levels = concurrencies ?? requestRates ?? (scenario === 'online' ? [8, 256] : [])
  if (requestIntervalsPath === undefined && latencyThresholdMs !== undefined && new Set(levels).size >= 2) return []
  return [
    {
      code: 'SPEC_INVALID',
      message: 'A binary search needs a latency threshold and two ends of the load',
      hint: 'For instance --concurrency 1:64:1 --latency-threshold 20 --binary-search',
    },
  ]
}
