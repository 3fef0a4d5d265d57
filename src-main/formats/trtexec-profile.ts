import { EngineError } from '#domain/errors.ts'
import { defineFormat, type PointsContent } from './define.ts'
import { readText } from './text-lines.ts'
import { ALONE } from './trtexec/alone.ts'
import { timedLayers } from './trtexec/layer-table.ts'
import { readProfile } from './trtexec/profile-json.ts'

/** `trtexec --exportProfile`, TREx's `.profile.json`: mean and median time of each layer. */
export const trtexecProfile = defineFormat({
  id: 'trtexec-profile',
  title: 'trtexec layer times (--exportProfile)',
  gives: 'points',
  extensions: ['.json'],
  partOf: 'tensorrt-engine',
  sniff: ({ text }) => /^\s*\[\s*\{\s*"count"\s*:\s*\d+\s*\}/.test(text),
  async read(source, signal): Promise<PointsContent> {
    const text = await readText(source, signal === undefined ? {} : { signal })
    const tables = readProfile(text, source.name).filter(({ rows }) => rows.length > 0)
    if (tables.length === 0) {
      throw new EngineError('FORMAT_BROKEN', 'This profile holds no layer', {
        where: source.name,
        hint: 'Did trtexec run to its end? Within a CUDA graph layers cannot be timed up to 8.6.',
      })
    }
    return {
      tool: 'trtexec',
      points: [],
      facts: { layerTimes: 'mean over the runs, each layer between events of its own' },
      notices: [ALONE.profile],
      skipped: [],
      layers: tables.map((table, index) =>
        timedLayers(table, tables.length > 1 ? `engine ${index + 1}` : 'engine', 'trtexec --exportProfile'),
      ),
    }
  },
})
