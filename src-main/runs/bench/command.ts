import { BenchSpec, type InputData, type RuntimeChoice } from '#domain/bench-spec.ts'

/**
 * The CLI command that equals a spec: what differs from the defaults, quoted for a POSIX shell.
 * `faces/cli` parses it back to the same spec (property-tested).
 */
export function benchCommand(spec: BenchSpec): string {
  return ['batchscope', 'bench', ...benchArguments(spec)].map(quoteForShell).join(' ')
}

/** The arguments after `bench`, one string each, not quoted. */
export function benchArguments(spec: BenchSpec): string[] {
  const defaults = BenchSpec.parse({ modelPath: '-' })
  const args: string[] = [spec.modelPath.startsWith('-') ? `./${spec.modelPath}` : spec.modelPath]
  const option = (name: string, value: string | number | undefined, fallback?: unknown) => {
    if (value !== undefined && value !== fallback) args.push(`--${name}`, String(value))
  }
  option('runtime', spec.runtimes.map(runtimeWord).join(','), defaults.runtimes.map(runtimeWord).join(','))
  for (const { id, options } of spec.runtimes) {
    for (const [name, value] of Object.entries(options)) option('set', `${id}.${name}=${String(value)}`)
  }
  option('precision', spec.precisions.join(','), defaults.precisions.join(','))
  option('batch', spec.batches?.join(','))
  for (const [name, shape] of Object.entries(spec.shapes)) option('shape', `${name}:${shape.join(',')}`)
  for (const [name, axis] of Object.entries(spec.batchAxes)) option('batch-axis', `${name}:${axis}`)
  for (const [name, data] of Object.entries(spec.data)) option('data', `${name}:${dataText(data)}`)
  option('warmup', spec.warmup, defaults.warmup)
  option('iterations', spec.minIterations, defaults.minIterations)
  option('duration', `${spec.minDurationMs}ms`, `${defaults.minDurationMs}ms`)
  option('max-duration', `${spec.maxDurationMs}ms`, `${impliedCapMs(spec.minDurationMs)}ms`)
  option('repeat', spec.repeat, defaults.repeat)
  option('timeout', `${spec.pointTimeoutMs}ms`, `${defaults.pointTimeoutMs}ms`)
  if (spec.profile === true) args.push('--profile')
  option('resume', spec.resume?.runId)
  return args
}

/** `tensorrt`, with precisions of its own `tensorrt:tf32+fp16`. */
export function runtimeWord({ id, precisions }: Pick<RuntimeChoice, 'id' | 'precisions'>): string {
  return precisions === undefined ? id : `${id}:${precisions.join('+')}`
}

/** The cap that goes with a wanted duration unless another is given: asking for a longer point means it. */
export function impliedCapMs(minDurationMs: number): number {
  return Math.max(BenchSpec.parse({ modelPath: '-' }).maxDurationMs, minDurationMs)
}

function dataText(data: InputData): string {
  switch (data.source) {
    case 'random':
      return `random:${data.seed}`
    case 'zeros':
      return 'zeros'
    case 'file':
      return `file:${data.path}`
  }
}

/** A word as a POSIX shell reads it back unchanged: single quotes around anything but plain characters. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
