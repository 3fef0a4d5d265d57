import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { defineFormat, type PointsContent } from './define.ts'
import { numberedLines, readText } from './text-lines.ts'

const Iteration = z.looseObject({ index: z.int(), build_route: z.string(), gpu_time: z.number().optional() })
/** One build is a line; a search tries some hundred. */
const MAX_BYTES = 64 * 2 ** 20

/**
 * `trtexec --tuningCacheFile` (11.1): JSON lines, first what was asked, then a line a build. The unit of its `gpu_time`
 * it does not tell, so its figures are no points: they order the builds.
 */
export const trtexecTuning = defineFormat({
  id: 'trtexec-tuning',
  title: 'trtexec tuning cache (--tuningCacheFile)',
  gives: 'points',
  extensions: ['.json', '.jsonl'],
  sniff: ({ text }) => /^\s*\{[^\n]*"(?:tuner_version|default_build_route)"\s*:/.test(text),
  async read(source, signal): Promise<PointsContent> {
    const text = await readText(source, { maxBytes: MAX_BYTES, ...(signal === undefined ? {} : { signal }) })
    const content: PointsContent = { tool: 'trtexec', points: [], facts: {}, notices: [], skipped: [] }
    const builds: z.infer<typeof Iteration>[] = []
    for (const { no, line } of numberedLines(text).slice(1)) {
      if (line.trim() === '') continue
      const build = iterationOf(line)
      if (build === undefined) content.skipped.push({ where: `line ${no}`, why: 'it is no build of a tuning run' })
      else builds.push(build)
    }
    if (builds.length === 0) {
      throw new EngineError('FORMAT_BROKEN', 'This tuning cache holds no build', {
        where: source.name,
        hint: 'It ends before the first build was measured: did the tuning run begin?',
      })
    }
    const timed = builds.flatMap(({ build_route, gpu_time }) =>
      gpu_time === undefined ? [] : [{ build_route, gpu_time }],
    )
    const best = timed.toSorted((a, b) => a.gpu_time - b.gpu_time)[0]
    content.facts = {
      builds: builds.length,
      ...(best === undefined ? {} : { bestBuildRoute: best.build_route, bestGpuTime: best.gpu_time }),
    }
    content.notices.push(
      best === undefined
        ? `${builds.length} builds were tried; none has a time.`
        : `${builds.length} builds were tried. The fastest by its own gpu_time (${best.gpu_time}, unit not told): --setBuildRoute='${best.build_route}'`,
    )
    return content
  },
})

function iterationOf(line: string): z.infer<typeof Iteration> | undefined {
  try {
    return Iteration.safeParse(JSON.parse(line)).data
  } catch (thrown) {
    // A line that was cut: counted by the caller.
    if (thrown instanceof SyntaxError) return undefined
    throw thrown
  }
}
