import type { TraceIndex } from './define.ts'

const STEP = /^ProfilerStep#\d/
/** Rows torch leaves out of its tables: `torch.autograd.profiler_util` of torch 2.15, `_filter_name`. */
const HIDDEN = new Set([
  '[memory]',
  '[OutOfMemory]',
  'profiler::_record_function_enter',
  'profiler::_record_function_enter_new',
  'profiler::_record_function_exit',
  'aten::is_leaf',
  'aten::output_nr',
  'aten::_version',
])

const IS_STEP = 1
const IS_HIDDEN = 2

/** What the figures must know of names, looked at once for each index. */
export interface NameTraits {
  readonly hasSteps: boolean
  /** `ProfilerStep#N`. */
  isStep(name: number): boolean
  isHidden(name: number): boolean
}

const known = new WeakMap<TraceIndex, NameTraits>()

export function nameTraits(index: TraceIndex): NameTraits {
  const cached = known.get(index)
  if (cached) return cached
  const flags = new Uint8Array(index.manifest.names + 1)
  let hasSteps = false
  for (let id = 1; id < flags.length; id++) {
    const name = index.name(id)
    if (STEP.test(name)) {
      flags[id] = IS_STEP
      hasSteps = true
    } else if (HIDDEN.has(name)) flags[id] = IS_HIDDEN
  }
  const traits: NameTraits = {
    hasSteps,
    isStep: name => flags[name] === IS_STEP,
    isHidden: name => flags[name] === IS_HIDDEN,
  }
  known.set(index, traits)
  return traits
}
