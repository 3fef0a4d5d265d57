/**
 * Commands that would tell what a trace does not, each a line to copy; capital letters stand for the user's own.
 * A test runs each through the command line's parser.
 */
export const NEXT = {
  /** Says whether this machine has a GPU and its driver. */
  doctor: 'batchscope doctor',
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

/** A script marks its own steps, else there is nothing to warm up in or to count. Shown behind such a command. */
export const STEP_NOTE =
  'For --warmup and --active the script calls batchscope_capture.step() at the end of each step: import batchscope_capture first (docs/captures.md)'

/** The lines, and how to make steps where a command needs them. */
export function withStepNote(next: readonly string[]): string[] {
  const needsSteps = next.some(line => /capture torch SCRIPT\.py .*--(?:wait|warmup|active) /.test(line))
  return needsSteps && !next.includes(STEP_NOTE) ? [...next, STEP_NOTE] : [...next]
}
