import { defineFormat } from './define.ts'
import { readText } from './text-lines.ts'
import { ALONE } from './trtexec/alone.ts'
import { readMetadata } from './trtexec/metadata.ts'
import { contentOfLog } from './trtexec/points.ts'

/** TREx's `.build.metadata.json` and `.profile.metadata.json`: options, device and summary of a trtexec log. */
export const trexMetadata = defineFormat({
  id: 'trex-metadata',
  title: 'TREx metadata of a trtexec run',
  gives: 'points',
  extensions: ['.json'],
  partOf: 'tensorrt-engine',
  sniff: ({ text }) =>
    /^\s*\{\s*"(?:model_options|build_options|performance_summary|inference_options|device_information)"\s*:\s*\{/.test(
      text,
    ),
  async read(source, signal) {
    const run = readMetadata(await readText(source, signal === undefined ? {} : { signal }), source.name)
    const content = contentOfLog({ runs: [run], runsLeftOut: 0 })
    return {
      ...content,
      tool: 'trtexec, by way of TREx',
      skipped: [],
      notices: [
        ...content.notices,
        run.summary === undefined
          ? ALONE.build
          : 'TREx cuts values at colons: options may be short. The version of TensorRT it does not keep.',
      ],
    }
  },
})
