import type { Point } from '#domain/point.ts'

/** Columns that these points do not have, and how to get them. */
export interface AbsentColumns {
  columns: string
  why: string
  turnOn: string
}

/** Why parts of the table are missing, for the reader who looks for them. Empty while nothing was measured. */
export function absentColumns(points: readonly Point[]): AbsentColumns[] {
  const done = points.filter(point => point.status === 'done')
  if (done.length === 0) return []
  const imported = done.every(point => point.transport?.url === undefined)
  const absent: AbsentColumns[] = []
  if (done.every(point => point.partsMs?.queue === undefined)) {
    absent.push({
      columns: 'Network+Server Send/Recv, Server Queue, Compute Input, Infer and Output',
      why: imported ? 'The imported file does not hold them.' : 'The server told no statistics.',
      turnOn: imported
        ? 'perf_analyzer writes them when the server answers statistics.'
        : 'Triton: leave "statistics" out of --http-restricted-api and --grpc-restricted-protocol, or give the header under Connection. PyTriton: TritonSecurityConfig(restricted_endpoints=[]), or its access token.',
    })
  }
  if (done.every(point => (point.gpus?.length ?? 0) === 0)) {
    absent.push({
      columns: 'GPU utilisation, power and memory',
      why: imported ? 'The imported file does not hold them.' : 'The metrics named no GPU, or could not be read.',
      turnOn: imported
        ? 'perf_analyzer writes them with --collect-metrics and --verbose-csv.'
        : 'Start Triton with --allow-metrics=true and --allow-gpu-metrics=true on a machine with an NVIDIA GPU (not MIG), and give the metrics address under Connection where it is not port 8002.',
    })
  }
  if (!imported && done.every(point => (point.client?.cpuUsPerRequest ?? 0) === 0)) {
    absent.push({
      columns: 'Client CPU',
      why: 'The load generator could not read its own CPU time.',
      turnOn: 'Measure on Linux; the figures themselves are not touched by this.',
    })
  }
  return absent
}
