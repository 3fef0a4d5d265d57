import { COSTS, type Cost, Machine, type MachineOptions, type Recording } from './machine.ts'

/** What a program does on the machine. */
export type Program = (machine: Machine) => void

/** What may be called the cause of where the time goes. */
export type Cause = Cost | 'none'

/** A loss is surely the cause from here on, and surely none below the other: between, both answers are right. */
const SURE = 0.35
const NOT = 0.25
/** The GPU's own work is surely the limit while all losses together save less; surely not when they save more. */
const GPU_SURE = 0.15
const GPU_NOT = 0.25
/** Two causes that save about as much are both right: either removed removes most of the other. */
const AS_MUCH = 0.75
const LESS = 0.9

const LOSSES: readonly Cost[] = COSTS.filter(cost => cost !== 'kernel')
const DEVICE_SIDE = ['copy', 'communication'] as const
const HOST_SIDE = ['host', 'sync', 'dataLoading', 'compile', 'coldStart'] as const

/** @param cheaper a cost that is a tenth less */
export function run(
  program: Program,
  options?: MachineOptions,
  without?: ReadonlySet<Cost>,
  cheaper?: Cost,
): Recording {
  const machine = new Machine(options, cost => (without?.has(cost) ? 0 : cost === cheaper ? LESS : 1))
  program(machine)
  return machine.finish()
}

/** Share of the run that would be saved if a cost were nothing: the program is run again without it. */
export function savings(program: Program, options?: MachineOptions): Record<Cost, number> {
  const lengthUs = spanOf(run(program, options))
  const saved = (without: Cost) => 1 - spanOf(run(program, options, new Set([without]))) / lengthUs
  return {
    host: saved('host'),
    kernel: saved('kernel'),
    copy: saved('copy'),
    sync: saved('sync'),
    dataLoading: saved('dataLoading'),
    communication: saved('communication'),
    compile: saved('compile'),
    coldStart: saved('coldStart'),
  }
}

/**
 * Which causes are right to name, more than one near a threshold:
 * - what would save most if it cost nothing;
 * - what the run's length follows when it costs a tenth less: the critical path, even if another path is not much
 *   shorter;
 * - where the device hardly ever waits for the host: what its own time goes to, were the host not there.
 */
export function truthOf(program: Program, options?: MachineOptions): Set<Cause> {
  const lengthUs = spanOf(run(program, options))
  const without = (...costs: Cost[]) => spanOf(run(program, options, new Set(costs)))
  const saved = savings(program, options)
  const most = Math.max(...LOSSES.map(cost => saved[cost]))
  const critical = (cost: Cost) => (1 - spanOf(run(program, options, undefined, cost)) / lengthUs) / (1 - LESS)
  const steepest = Math.max(...LOSSES.map(critical))
  const hostUs = without(...HOST_SIDE)
  const hostSaved = 1 - hostUs / lengthUs
  const right = new Set<Cause>()
  for (const cost of LOSSES) {
    if (saved[cost] >= NOT && saved[cost] >= AS_MUCH * most) right.add(cost)
    const isCritical = critical(cost) >= NOT && critical(cost) >= AS_MUCH * steepest
    if (isCritical && saved[cost] >= GPU_SURE) right.add(cost)
  }
  for (const cost of DEVICE_SIDE) {
    if (hostSaved < SURE && 1 - without(...HOST_SIDE, cost) / hostUs >= NOT) right.add(cost)
  }
  const allSaved = 1 - without(...LOSSES) / lengthUs
  if (most < SURE && allSaved > GPU_SURE) right.add('none')
  if (allSaved < GPU_NOT) right.add('kernel')
  return right
}

function spanOf({ host, device, endUs }: Recording): number {
  const starts = [...host, ...device].map(({ startUs }) => startUs)
  return endUs - Math.min(...starts)
}
