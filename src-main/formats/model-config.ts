import { EngineError } from '#domain/errors.ts'
import { defineFormat } from './define.ts'
import { invalidConfig } from './pbtxt/invalid-config.ts'
import { parseConfig } from './pbtxt/parse-config.ts'
import { afterComments } from './text-lines.ts'

const MAX_BYTES = 4 * 1024 * 1024

/** Triton's config.pbtxt: a ModelConfig in protobuf's text format. Grammar, writer and editor are in `pbtxt/`. */
export const modelConfig = defineFormat({
  id: 'model-config',
  title: 'Triton model configuration (config.pbtxt)',
  gives: 'model-config',
  extensions: ['.pbtxt'],
  sniff: head =>
    !/(?![\t\n\r])\p{Cc}/u.test(head.text) &&
    /^\s*(?:name|platform|backend|max_batch_size|input|output|instance_group|dynamic_batching)\s*[:[{]/.test(
      afterComments(head.text),
    ),
  async read(source, signal) {
    signal?.throwIfAborted()
    if (source.size > MAX_BYTES)
      throw new EngineError('FORMAT_BROKEN', 'No model configuration is that long', { where: source.name })
    const text = new TextDecoder('utf-8').decode(await source.read(0, source.size))
    const { config, problems } = parseConfig(text)
    if (config === undefined) throw invalidConfig(problems, source.name)
    return { text }
  },
})
