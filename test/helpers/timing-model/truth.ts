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
const AS_MUCH = 0.85

export function run(program: Program, options?: MachineOptions, without?: ReadonlySet<Cost>): Recording {
  const machine = new Machine(options, without)
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

/** Which causes are right to name, by what their removal would save; more than one near a threshold. */
export function truthOf(program: Program, options?: MachineOptions): Set<Cause> {
  const saved = savings(program, options)
  const losses = COSTS.filter(cost => cost !== 'kernel')
  const most = Math.max(...losses.map(cost => saved[cost]))
  const right = new Set<Cause>()
  for (const cost of losses) if (saved[cost] >= NOT && saved[cost] >= AS_MUCH * most) right.add(cost)
  const all = spanOf(run(program, options))
  const bare = spanOf(run(program, options, new Set(losses)))
  const allSaved = 1 - bare / all
  if (most < SURE && allSaved > GPU_SURE) right.add('none')
  if (allSaved < GPU_NOT) right.add('kernel')
  return right
}

function spanOf({ host, device, endUs }: Recording): number {
  const starts = [...host, ...device].map(({ startUs }) => startUs)
  return endUs - Math.min(...starts)
}
