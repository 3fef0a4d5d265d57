import { defineRule } from './define.ts'
import { judgeShare } from './server-bound.ts'

/** Requests wait for an instance longer than they are worked on. */
export const serverQueueBound = defineRule({
  id: 'server-queue-bound',
  title: 'Requests wait in the queue',
  needs: ['server'],
  source: 'Triton docs: model statistics (queue time) and optimization guide, instance groups and dynamic batching',
  judge: ({ server }) =>
    judgeShare(server, ['queue'], {
      what: 'the queue',
      detail:
        'More load only makes requests wait longer. More instances or larger server batches drain the queue faster.',
      next: ['Raise instance_group count', 'Turn on dynamic_batching', 'Use less concurrency: the throughput stays'],
    }),
})
