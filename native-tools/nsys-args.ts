import type { NsysCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'

/** What one nsys can do, read from its own `nsys profile --help`: option names with dashes, and what -t accepts. */
export interface NsysAbilities {
  options: ReadonlySet<string>
  traces: ReadonlySet<string>
}

/** Presets in nsys' own options; all of them keep CPU sampling off, it costs time and rarely says more. */
const PRESETS: Record<
  NsysCaptureSpec['preset'],
  Pick<NsysCaptureSpec, 'trace' | 'cudaGraphTrace' | 'pythonSampling'>
> = {
  quick: { trace: ['cuda', 'nvtx', 'osrt', 'cudnn', 'cublas'] },
  'cuda-graph-nodes': { trace: ['cuda', 'nvtx', 'cudnn', 'cublas'], cudaGraphTrace: 'node' },
  tensorrt: { trace: ['cuda', 'nvtx', 'cudnn', 'cublas'], cudaGraphTrace: 'node' },
  python: { trace: ['cuda', 'nvtx', 'osrt', 'cudnn', 'cublas', 'python-gil'], pythonSampling: true },
}

/** @param help what `nsys profile --help` prints; checked on 2022.4.2 and 2023.4.4 */
export function nsysAbilities(help: string): NsysAbilities {
  const options = new Set<string>()
  const traces = new Set<string>()
  let inTrace = false
  for (const line of help.split('\n')) {
    const option = /^\s{0,8}(?:(-[A-Za-z]), )?(--[a-z][a-z-]+)/.exec(line)
    if (option !== null) {
      for (const name of [option[1], option[2]]) if (name !== undefined) options.add(name)
      inTrace = option[2] === '--trace'
    } else if (inTrace) {
      for (const [, value = ''] of line.matchAll(/'([a-z0-9-]+)'/g)) traces.add(value)
    }
  }
  return { options, traces }
}

/** What is left out, and what that means. */
const LOSS: Record<string, string> = {
  '--cuda-graph-trace': 'kernels inside CUDA graphs may be missing',
  '--python-sampling': 'no Python stacks are recorded',
  '--cuda-memory-usage': 'GPU memory over time is not recorded',
  '--gpu-metrics-device': 'GPU metrics are not recorded',
}

/**
 * Arguments of `nsys profile` for a capture, the program's own last. An option this nsys does not know is left out and
 * said. `output` is a path: percent signs, which nsys would replace, are doubled.
 * @returns arguments after the program nsys itself   @throws EngineError SPEC_INVALID for a command nsys would misread
 */
export function nsysCaptureArgs(
  spec: NsysCaptureSpec,
  { version, output, abilities }: { version: string | undefined; output: string; abilities?: NsysAbilities },
): { argv: string[]; notices: string[] } {
  const [program = ''] = spec.command
  if (program === '' || program.startsWith('-')) {
    throw new EngineError('SPEC_INVALID', 'The command begins with what is no program', {
      where: program,
      hint: 'Name the program first, its options after it; a program whose name begins with "-" as ./-name.',
    })
  }
  const notices: string[] = []
  const nsys = `nsys ${version ?? 'of unknown version'}`
  const knows = (option: string) => abilities === undefined || abilities.options.has(option)
  const option = (name: string, value: string): string[] => {
    if (knows(name)) return [`${name}=${value}`]
    notices.push(`${nsys} has no ${name}: left out${LOSS[name] === undefined ? '' : `, ${LOSS[name]}`}`)
    return []
  }

  const preset = PRESETS[spec.preset]
  const traces = (spec.trace ?? preset.trace ?? []).filter(trace => {
    if (abilities === undefined || abilities.traces.size === 0 || abilities.traces.has(trace)) return true
    notices.push(`${nsys} cannot trace ${trace}: left out`)
    return false
  })
  const sample = spec.sample ?? 'none'
  const graphs = spec.cudaGraphTrace ?? preset.cudaGraphTrace
  const metrics = knows('--gpu-metrics-devices') ? '--gpu-metrics-devices' : '--gpu-metrics-device'
  const range = spec.captureRange ?? 'none'
  return {
    argv: [
      'profile',
      `--trace=${traces.length === 0 ? 'none' : traces.join(',')}`,
      `--sample=${sample}`,
      // Without sampling nsys would still record every context switch, which needs rights and tells little here.
      ...(sample === 'none' && knows('--cpuctxsw') ? ['--cpuctxsw=none'] : []),
      ...(graphs === undefined ? [] : option('--cuda-graph-trace', graphs)),
      ...((spec.pythonSampling ?? preset.pythonSampling) ? option('--python-sampling', 'true') : []),
      ...(spec.cudaMemoryUsage ? option('--cuda-memory-usage', 'true') : []),
      ...(spec.gpuMetrics ? option(metrics, 'all') : []),
      // `stop`: the program goes on after its range; nsys' default would end it there.
      ...(range === 'none' ? [] : [`--capture-range=${range}`, ...option('--capture-range-end', 'stop')]),
      ...(spec.delaySec === undefined ? [] : [`--delay=${spec.delaySec}`]),
      ...(spec.durationSec === undefined ? [] : [`--duration=${spec.durationSec}`]),
      '--show-output=true',
      '--stop-on-exit=true',
      '--force-overwrite=true',
      `--output=${output.replaceAll('%', '%%')}`,
      ...spec.command,
    ],
    notices,
  }
}

/** Arguments of `nsys export`: a report as a SQLite database; overwrites, and tells its progress (`nsysExportPercent`). */
export function nsysExportArgs(report: string, output: string): string[] {
  return ['export', '--type=sqlite', '--force-overwrite=true', `--output=${output}`, report]
}
