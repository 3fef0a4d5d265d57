import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { confidenceAt, percentRow, shareText, timeOf, whyNoTime, windowRows } from './trace-time.ts'

/** Of the kernel time; less would hardly be felt if it ran several times as fast. */
const UNUSED_SHARE = 0.1
const SHOWN = 5

/** Matrix products of low-precision operands in kernels without tensor cores. */
export const traceTensorCores = traceRule({
  id: 'trace-tensor-cores',
  title: 'Tensor cores are not used',
  source: 'torch-tb-profiler, kernel time using tensor cores: by parts of kernel names',
  judge({ trace }) {
    const { tensorCoreShare, lowPrecisionWithoutTensorCoresShare: unused, top } = trace.kernels
    const time = timeOf(trace)
    if (time === undefined) return whyNoTime(trace)
    if (unused === undefined) {
      return cannotTell('The kernels’ names do not tell whether they use tensor cores', { next: [NEXT.nsys] })
    }
    const isUnused = unused >= UNUSED_SHARE
    return {
      verdict: isUnused ? 'yes' : 'no',
      confidence: Math.min(0.8, confidenceAt(unused, UNUSED_SHARE)),
      statement:
        unused === 0
          ? 'No kernel says that it does low-precision matrix work without tensor cores'
          : `${shareText(unused)} of the kernels’ time is low-precision matrix work without tensor cores`,
      detail:
        'By names alone: a kernel whose name says nothing counts as neither. Matrix work in float32 is not covered: TF32 would use tensor cores there.',
      evidence: [
        ...windowRows(time),
        percentRow('Low precision without tensor cores', unused),
        ...(tensorCoreShare === undefined ? [] : [percentRow('With tensor cores', tensorCoreShare)]),
        ...top
          .filter(({ tensorCores }) => tensorCores === false)
          .slice(0, SHOWN)
          .map(({ name, count }) => ({ label: name, value: count, unit: 'launches' })),
      ],
      next: isUnused
        ? ['Make sizes of channels and batches multiples of 8', 'channels_last memory format for convolutions']
        : [],
    }
  },
})
