import { EngineError } from '#domain/errors.ts'
import { defineFormat, type PointsContent } from './define.ts'
import { readText } from './text-lines.ts'
import { ALONE } from './trtexec/alone.ts'
import { readLayerInfo } from './trtexec/layer-info.ts'
import { describedLayers } from './trtexec/layer-table.ts'

/** `trtexec --exportLayerInfo`, IEngineInspector's JSON, TREx's `.graph.json`: what each layer of an engine is. */
export const trtexecLayers = defineFormat({
  id: 'trtexec-layers',
  title: 'TensorRT layer information (--exportLayerInfo)',
  gives: 'points',
  extensions: ['.json'],
  partOf: 'tensorrt-engine',
  sniff: ({ text }) => /^\s*\{\s*"(?:Layers|Bindings)"\s*:\s*\[/.test(text),
  async read(source, signal): Promise<PointsContent> {
    const engine = readLayerInfo(await readText(source, signal === undefined ? {} : { signal }), source.name)
    if (engine.layers.length === 0) {
      throw new EngineError('FORMAT_BROKEN', 'This layer information holds no layer', {
        where: source.name,
        hint: 'Export it again from the engine: trtexec --loadEngine=FILE --exportLayerInfo=layers.json',
      })
    }
    return {
      tool: 'trtexec',
      points: [],
      facts: { layers: `verbosity of the engine: ${engine.verbosity}` },
      notices: [ALONE.layers],
      skipped: [],
      layers: [describedLayers(engine, 'engine', 'trtexec --exportLayerInfo')],
    }
  },
})
