/**
 * Commands that would tell what a trace does not, each a line to copy; capital letters stand for the user's own.
 * A test runs each through the command line's parser.
 */
export const NEXT = {
  nsys: 'batchscope capture nsys -- python SCRIPT.py',
  nsysLater: 'batchscope capture nsys --delay 10s -- python SCRIPT.py',
  nsysGraphNodes: 'batchscope capture nsys --cuda-graph-trace node -- python SCRIPT.py',
  nsysGraphs: 'batchscope capture nsys --cuda-graph-trace graph -- python SCRIPT.py',
  nsysCudaNvtx: 'batchscope capture nsys --trace cuda,nvtx,osrt -- python SCRIPT.py',
  torch: 'batchscope capture torch SCRIPT.py',
  torchStack: 'batchscope capture torch SCRIPT.py --with-stack',
  torchMemory: 'batchscope capture torch SCRIPT.py --profile-memory',
  torchWarm: 'batchscope capture torch SCRIPT.py --warmup 10',
  torchLonger: 'batchscope capture torch SCRIPT.py --active 10',
  benchBatches: 'batchscope bench MODEL --batch 1,8,32',
} as const
