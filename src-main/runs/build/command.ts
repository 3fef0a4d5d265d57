import { BuildSpec } from '#domain/build-spec.ts'
import { quoteForShell } from '../bench/command.ts'

/** The CLI command that equals a spec; `faces/cli` parses it back (property-tested). */
export function buildCommand(spec: BuildSpec): string {
  return ['batchscope', 'build', ...buildArguments(spec)].map(quoteForShell).join(' ')
}

/** The arguments after `build`, one string each, not quoted; what is as by default is left out. */
export function buildArguments(spec: BuildSpec): string[] {
  const defaults = BuildSpec.parse({ modelPath: '-' })
  return [
    spec.modelPath.startsWith('-') ? `./${spec.modelPath}` : spec.modelPath,
    ...option('precision', spec.precision, defaults.precision),
    ...shapes('min-shape', spec.minShapes),
    ...shapes('opt-shape', spec.optShapes),
    ...shapes('max-shape', spec.maxShapes),
    ...spec.inputFormats.flatMap(word => option('input-format', word)),
    ...spec.outputFormats.flatMap(word => option('output-format', word)),
    ...option('workspace', spec.workspaceMiB === undefined ? undefined : `${spec.workspaceMiB}MiB`),
    ...option('builder-optimization-level', spec.builderOptimizationLevel),
    ...(spec.timingCache === false ? ['--no-timing-cache'] : option('timing-cache', spec.timingCache)),
    ...option('sparsity', spec.sparsity, defaults.sparsity),
    ...(spec.refit ? ['--refit'] : []),
    ...option('profiling-verbosity', spec.profilingVerbosity, defaults.profilingVerbosity),
    ...(spec.versionCompatible ? ['--version-compatible'] : []),
    ...option('calibration-cache', spec.calibrationCache),
    ...option('output-folder', spec.outputFolder),
    ...option('trtexec', spec.trtexec),
    ...option('timeout', `${spec.timeoutMs}ms`, `${defaults.timeoutMs}ms`),
    ...option('title', spec.title),
  ]
}

/** `=` keeps a value that begins with a dash from being an option. */
function option(name: string, value: string | number | undefined, fallback?: string): string[] {
  if (value === undefined || value === fallback) return []
  const text = String(value)
  return text.startsWith('-') ? [`--${name}=${text}`] : [`--${name}`, text]
}

function shapes(name: string, given: BuildSpec['minShapes']): string[] {
  return Object.entries(given).flatMap(([input, dims]) => option(name, `${input}:${dims.join('x')}`))
}
