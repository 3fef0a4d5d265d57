import type { CpuNs } from '#domain/trace.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { countText, percentRow, timeRow, timeText, whyNoTime } from './trace-time.ts'

const SHOWN = 5
const KINDS: readonly (readonly [keyof CpuNs, string])[] = [
  ['opNs', 'Operators'],
  ['nodeNs', 'Graph nodes'],
  ['dataLoadingNs', 'Data loading'],
  ['annotationNs', 'Named ranges'],
  ['pythonNs', 'Python'],
  ['libraryNs', 'Libraries'],
  ['overheadNs', 'Profiler'],
]

/** Whether the program's own CPU work was recorded, and nothing of a device: neither work nor calls, nor the wish for them. */
export function isCpuOnly({ recorded, cpu }: TraceFacts): boolean {
  const hasDevice = recorded.deviceWork || recorded.apiCalls || recorded.deviceWorkAsked === true
  return !hasDevice && (recorded.ops || recorded.python || cpu.nodeNs > 0)
}

export function cpuTotalNs(cpu: CpuNs): number {
  return KINDS.reduce((sum, [kind]) => sum + cpu[kind], 0)
}

/** No device work in the trace: says what the CPU did, and never that a GPU was idle. */
export const traceCpuOnly = traceRule({
  id: 'trace-cpu-only',
  title: 'The trace shows the CPU alone',
  source: 'Kinds of events in the trace; operators by self time as torch key_averages counts',
  judge({ trace }) {
    const { recorded, cpu, window, operators = [] } = trace
    if (recorded.deviceWork) {
      return { verdict: 'no', confidence: 0.95, statement: 'The trace has work of a device' }
    }
    if (!isCpuOnly(trace)) {
      const why = whyNoTime(trace)
      return recorded.ranges && !recorded.apiCalls
        ? cannotTell('Only ranges were recorded, neither calls nor work of a device', { next: [NEXT.nsysCudaNvtx] })
        : why
    }
    const totalNs = cpuTotalNs(cpu)
    if (totalNs === 0) return cannotTell('No CPU time was recorded', { next: [NEXT.torch] })
    const kinds = KINDS.filter(([kind]) => cpu[kind] > 0).toSorted(([a], [b]) => cpu[b] - cpu[a])
    const [first] = kinds
    return {
      verdict: 'yes',
      confidence: 0.9,
      statement: `Only the CPU was recorded: ${timeText(totalNs)} of work in a window of ${timeText(window.endNs - window.startNs)}${first === undefined ? '' : `, most in ${first[1].toLowerCase()}`}`,
      detail:
        'Self time, added over threads. If the program used a GPU, this trace does not show it; time outside operators and ranges is not recorded.',
      evidence: [
        ...kinds.map(([kind, label]) => percentRow(label, cpu[kind] / totalNs)),
        ...operators
          .slice(0, SHOWN)
          .map(({ name, count, selfCpuNs }) => timeRow(`${name}, ${countText(count, 'call')}`, selfCpuNs)),
      ],
      next: ['batchscope bench MODEL --runtime ort-cpu --batch 1,8', `On a machine with a GPU: ${NEXT.torch}`],
    }
  },
})
