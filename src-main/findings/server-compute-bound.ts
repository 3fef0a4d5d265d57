import { defineRule } from './define.ts'
import { judgeShare } from './server-bound.ts'

/** The model itself takes most of the time: the rest is hardly worth tuning. */
export const serverComputeBound = defineRule({
  id: 'server-compute-bound',
  title: 'The model takes most of the time',
  needs: ['server'],
  source: 'Triton docs: model statistics, compute_input, compute_infer, compute_output',
  judge: ({ server }) =>
    judgeShare(server, ['computeInput', 'computeInfer', 'computeOutput'], {
      what: 'compute',
      detail:
        'Transport and queue matter less than the model here: precision, a faster backend or a larger batch help.',
      next: ['batchscope bench MODEL --batch 1,8,32', 'Try TensorRT or a lower precision', 'Try larger batches'],
    }),
})
