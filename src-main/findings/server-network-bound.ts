import { defineRule } from './define.ts'
import { judgeShare } from './server-bound.ts'

/** Getting data to the server and back costs more than what is done with it. */
export const serverNetworkBound = defineRule({
  id: 'server-network-bound',
  title: 'Sending and receiving take most of the time',
  needs: ['server'],
  source: "perf_analyzer's Network+Server Send/Recv: latency that no server statistic explains",
  judge: ({ server }) =>
    judgeShare(server, ['clientSend', 'network', 'clientRecv'], {
      what: 'transport',
      detail:
        'It holds both ways over the network and the server’s own reading and writing, and on a busy machine the wait for a core.',
      next: [
        '--shared-memory system where the client is beside the server',
        'Compare grpc and http',
        'Send smaller inputs: fp16, uint8, or pixels decoded on the server',
      ],
    }),
})
