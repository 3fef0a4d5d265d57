import { mkdir } from 'node:fs/promises'
import type { ComparedTensor, DriftSearch } from '#domain/correctness.ts'
import { type OnnxGraph, readOnnxGraph } from '#formats/onnx-graph.ts'
import { openFileSource } from '../../models/file-source.ts'
import type { OnnxModel } from './compared-model.ts'
import type { Feeds } from './feeds.ts'
import { type JoinedTensor, joinNodes } from './join-nodes.ts'
import { differencesOf, runOnnx, type StepTalk, subfolder } from './model-outputs.ts'
import { allowedDrift } from './tolerance.ts'

/** Tensors looked at in one round: each round loads both models anew, which costs more than some more outputs. */
const LOOKS_PER_ROUND = 8

interface Looking {
  base: OnnxModel
  candidate: OnnxModel
  feeds: Feeds
  folder: string
}

/**
 * The first node, in topological order, whose output drifts beyond what rounding explains at its depth. Each round looks
 * at some tensors spread over the interval in question and goes on between the last that is within and the first that is
 * beyond. So a drift that heals again before the next look is not seen; one that reaches the outputs is found.
 * @throws EngineError what running the models throws
 */
export async function findDrift(looking: Looking, talk: StepTalk, signal: AbortSignal): Promise<DriftSearch> {
  const { base, candidate } = looking
  const [graph, other] = [await graphOf(base, signal), await graphOf(candidate, signal)]
  const joined = joinNodes(graph, other)
  const looked = new Map<number, ComparedTensor>()
  const notices = noticesOf(joined.length, graph)
  let [within, beyond, rounds] = [-1, joined.length, 0]
  while (beyond - within > 1) {
    const places = spread(within, beyond, rounds === 0)
    rounds++
    talk.phase(`looking for the first drift, round ${rounds}: ${places.length} tensors`)
    const found = await look(places, joined, looking, rounds, talk, signal)
    for (const [at, place] of places.entries()) {
      const tensor = found[at]
      if (tensor !== undefined) looked.set(place, tensor)
    }
    const first = places.find(place => isBeyond(looked.get(place)))
    beyond = first ?? beyond
    within = Math.max(within, ...places.filter(place => place < beyond))
    if (first === undefined && rounds === 1) break
  }
  const first = looked.get(beyond)
  const before = looked.get(within)
  return {
    joined: joined.length,
    nodes: graph.nodes.length,
    rounds,
    ...(first === undefined ? {} : { first, ...(before === undefined ? {} : { before }) }),
    looked: [...looked].toSorted(([a], [b]) => a - b).map(([, tensor]) => tensor),
    notices,
  }
}

async function graphOf({ model }: OnnxModel, signal: AbortSignal): Promise<OnnxGraph> {
  const source = await openFileSource(model.path)
  try {
    return await readOnnxGraph(source, signal)
  } finally {
    await source.close()
  }
}

/** Places strictly between two, evenly; the last before `beyond` too where nothing is known of the end yet. */
function spread(within: number, beyond: number, isFirst: boolean): number[] {
  const free = beyond - within - 1
  const count = Math.min(free, LOOKS_PER_ROUND)
  const places = Array.from({ length: count }, (_, i) =>
    isFirst ? within + Math.ceil(((i + 1) * free) / count) : within + Math.floor(((i + 1) * (free + 1)) / (count + 1)),
  )
  return [...new Set(places)].filter(place => place > within && place < beyond)
}

async function look(
  places: readonly number[],
  joined: readonly JoinedTensor[],
  { base, candidate, feeds, folder }: Looking,
  round: number,
  talk: StepTalk,
  signal: AbortSignal,
): Promise<ComparedTensor[]> {
  const chosen = places.flatMap(place => joined[place] ?? [])
  const tapped = async (model: OnnxModel, side: string, taps: string[]) => {
    const into = subfolder(folder, `${side}-${round}`)
    await mkdir(into)
    // Nothing is fused away that is looked at; the rest runs as the file has it.
    const run = { feeds: feeds.paths, folder: into, taps, tapsOnly: true, graphOptimization: 'basic' as const }
    return (await runOnnx(model, run, talk, signal)).outputs
  }
  const [ours, theirs] = await Promise.all([
    tapped(
      base,
      'base',
      chosen.map(({ tensor }) => tensor),
    ),
    tapped(
      candidate,
      'candidate',
      chosen.map(({ candidate }) => candidate),
    ),
  ])
  const pairs = chosen.map((_, at) => ({ base: ours[at]?.path, candidate: theirs[at]?.path }))
  const whole = pairs.flatMap(({ base, candidate }) =>
    base === undefined || candidate === undefined ? [] : [{ base, candidate, tolerance: { rtol: 0, atol: 0 } }],
  )
  const differences = await differencesOf(whole, signal)
  return chosen.map(({ tensor, node, operator, depth }, at) => {
    const place = whole.findIndex(pair => pair.base === pairs[at]?.base)
    const found = differences[place]
    const difference = found !== undefined && 'difference' in found ? found.difference : undefined
    const torn =
      difference !== undefined &&
      difference.nan.candidate + difference.infinite.candidate > difference.nan.base + difference.infinite.base
    const drift = torn ? 1 : difference?.drift
    const allowed = allowedDrift([base.precision, candidate.precision], depth)
    return { tensor, node, operator, depth, allowed, ...(drift === undefined ? {} : { drift }) }
  })
}

function isBeyond(tensor: ComparedTensor | undefined): boolean {
  return tensor?.drift !== undefined && tensor.drift > tensor.allowed
}

function noticesOf(joined: number, { nodes }: OnnxGraph): string[] {
  if (joined === 0) return ['The models have no tensor of the same name inside: nothing can be looked at.']
  const share = joined / Math.max(1, nodes.length)
  return share < 0.5
    ? [`Only ${joined} tensors of ${nodes.length} nodes have the same name in both: the search is coarse.`]
    : []
}
