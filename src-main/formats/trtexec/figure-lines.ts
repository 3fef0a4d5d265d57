import { NUMBER, printedNumber } from './log-line.ts'
import { shapeOf } from './shapes.ts'
import type { TrtexecBuild, TrtexecRun } from './types.ts'
import { tensorRtVersion } from './version.ts'

type Draft = Pick<TrtexecRun, 'version' | 'build' | 'shapes' | 'outputShapes' | 'queries' | 'modelPath'>

/** A line with a figure or fact in it. `read` answers the figure that is worth telling while trtexec runs. */
export interface FigureLine {
  read(run: Draft, text: string): { name: string; value: number } | undefined
}

function line(pattern: RegExp, take: (run: Draft, groups: readonly string[]) => void): FigureLine {
  return {
    read(run, text) {
      const match = pattern.exec(text)
      if (match !== null) take(run, match.slice(1))
      return undefined
    },
  }
}

type BuildFigure = Exclude<
  { [K in keyof TrtexecBuild]-?: TrtexecBuild[K] extends number | undefined ? K : never }[keyof TrtexecBuild],
  'skippedTactics'
>

/** A number of the build: the first one printed counts but for what later builds repeat. */
function buildFigure(before: string, after: string, name: BuildFigure): FigureLine {
  const pattern = new RegExp(`^${before}(${NUMBER})${after}$`)
  return {
    read({ build }, text) {
      const value = printedNumber(pattern.exec(text)?.[1])
      if (value === undefined || build[name] !== undefined) return undefined
      build[name] = value
      return { name, value }
    },
  }
}

/** Printed for each engine the builder makes on its way, and for a first guess: the last is of the engine that is kept. */
function memory(pattern: RegExp, name: keyof TrtexecBuild['memory']): FigureLine {
  return line(pattern, ({ build }, [number]) => {
    const value = printedNumber(number)
    if (value !== undefined) build.memory[name] = value
  })
}

const KINDS = { Local: 'local', Global: 'global' } as const

export const BUILD_LINES: readonly FigureLine[] = [
  line(/^TensorRT version: ([\d.]+)$/, (run, [printed]) => {
    const version = tensorRtVersion(printed)?.text
    if (version !== undefined) run.version = version
  }),
  line(/^Input filename: +(.+)$/, (run, [path]) => {
    if (path !== undefined) run.modelPath ??= path
  }),
  buildFigure('Finish(?:ed)? parsing network model\\. Parse time: ', '', 'parseSeconds'),
  buildFigure('Graph optimization time: ', ' seconds\\.', 'graphOptimizationSeconds'),
  buildFigure('Engine built in ', ' sec\\.', 'builtSeconds'),
  buildFigure('Engine deserialized in ', ' sec\\.', 'deserializeSeconds'),
  buildFigure('Created engine with size: ', ' MiB', 'engineMiB'),
  buildFigure('Loaded engine size: ', ' Mi?B', 'loadedMiB'),
  line(new RegExp(`^Engine generation completed in (${NUMBER}) seconds\\.$`), ({ build }, [number]) => {
    const value = printedNumber(number)
    if (value !== undefined && build.generationSeconds.length < 1000) build.generationSeconds.push(value)
  }),
  line(/^(Local|Global) timing cache in use/, ({ build }, [kind]) => {
    if (kind === 'Local' || kind === 'Global') build.timingCache = { ...build.timingCache, kind: KINDS[kind] }
  }),
  line(/^Timing cache disabled/, ({ build }) => {
    build.timingCache = { ...build.timingCache, kind: 'none' }
  }),
  line(/^Loaded (\d+) bytes of timing cache from/, ({ build }) => {
    build.timingCache = { ...build.timingCache, hit: true }
  }),
  line(/^Could not read (?:timing )?cache from/, ({ build }) => {
    if (build.timingCache?.hit === undefined) build.timingCache = { ...build.timingCache, hit: false }
  }),
  line(/^Saved (\d+) bytes of timing cache to/, ({ build }, [bytes]) => {
    build.timingCache = { ...build.timingCache, savedBytes: Number(bytes) }
  }),
  line(/Skipping tactic .* due to insuff?icient memory on requested size of/, ({ build }) => {
    build.skippedTactics++
  }),
  memory(/^Total Host Persistent Memory: (\d+)(?: bytes)?$/, 'hostPersistentBytes'),
  memory(/^Total Device Persistent Memory: (\d+)(?: bytes)?$/, 'devicePersistentBytes'),
  memory(/^(?:Total|Max) Scratch Memory: (\d+)(?: bytes)?$/, 'scratchBytes'),
  memory(/^Total Activation Memory: (\d+)(?: bytes)?$/, 'activationBytes'),
  memory(/^Total Weights Memory: (\d+)(?: bytes)?$/, 'weightsBytes'),
  memory(new RegExp(`^Created execution context with device memory size: (${NUMBER}) MiB$`), 'contextMiB'),
  memory(/^\[MemUsageStats\] Peak memory usage .*: CPU (\d+) MiB, GPU \d+ MiB$/, 'peakHostMiB'),
  memory(/^\[MemUsageStats\] Peak memory usage .*: CPU \d+ MiB, GPU (\d+) MiB$/, 'peakDeviceMiB'),
]

export const INFERENCE_LINES: readonly FigureLine[] = [
  line(
    /^(?:Created )?([Ii]nput|[Oo]utput) binding for (.+) with dimensions ([\dx]*)(?: and type \S+)?(?: is created\.)?$/,
    (run, [way, name, printed]) => {
      const dims = shapeOf(printed)
      if (dims === undefined || name === undefined) return
      const shapes = way?.toLowerCase() === 'input' ? run.shapes : run.outputShapes
      shapes[name] = dims
    },
  ),
  line(/^Set shape of input tensor (.+) to: ([\dx]+)$/, (run, [name, printed]) => {
    const dims = shapeOf(printed)
    if (dims !== undefined && name !== undefined) run.shapes[name] ??= dims
  }),
  line(/^Warmup completed (\d+) queries over/, (run, [count]) => {
    run.queries = { counted: 0, overSeconds: 0, ...run.queries, warmUp: Number(count) }
  }),
  line(new RegExp(`^Timing trace has (\\d+) queries over (${NUMBER}) s$`), (run, [count, seconds]) => {
    const overSeconds = printedNumber(seconds)
    if (overSeconds !== undefined) run.queries = { ...run.queries, counted: Number(count), overSeconds }
  }),
]
