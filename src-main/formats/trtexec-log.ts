import { EngineError } from '#domain/errors.ts'
import { defineFormat } from './define.ts'
import { readText } from './text-lines.ts'
import { TrtexecLogReader } from './trtexec/log.ts'
import { contentOfLog } from './trtexec/points.ts'

/** Verbose builds print megabytes; a dump of outputs more. */
const MAX_LOG_BYTES = 256 * 2 ** 20
/** A last line without its end may be cut anywhere: what ends in a unit, or is a banner, is whole. */
const WHOLE_LAST_LINE = /^&&&& (?:PASSED|FAILED|WAIVED) |(?: (?:ms|s|qps|sec\.|seconds\.|MiB)|%\.)$|\[E\] /

/** What trtexec prints, both streams or one, one run or several. Grammar: `trtexec/log.ts`. */
export const trtexecLog = defineFormat({
  id: 'trtexec-log',
  title: 'trtexec log',
  gives: 'points',
  extensions: ['.log', '.txt'],
  partOf: 'tensorrt-engine',
  sniff: ({ text }) =>
    /^.{0,400}&&&& (?:RUNNING|PASSED|FAILED|WAIVED) \S*(?:trtexec|tensorrt_rtx)/im.test(text) ||
    /\[\d{2}\/\d{2}\/\d{4}-\d{2}:\d{2}:\d{2}\] \[[FEWIV]\] /.test(text),
  async read(source, signal) {
    const text = await readText(source, { maxBytes: MAX_LOG_BYTES, ...(signal === undefined ? {} : { signal }) })
    const reader = new TrtexecLogReader()
    const lines = text.split(/\r\n|\n|\r(?!\n)/)
    const last = lines.pop() ?? ''
    for (const line of lines) reader.line('stdout', line)
    if (WHOLE_LAST_LINE.test(last.trimEnd())) reader.line('stdout', last)
    const content = contentOfLog(reader.end())
    const isEmpty = content.points.length === 0 && content.layers?.length === 0 && content.notices.length === 0
    if (isEmpty) {
      throw new EngineError('FORMAT_BROKEN', 'This log of trtexec holds no figures', {
        where: source.name,
        hint: 'It ends before its performance summary: did trtexec run to its end?',
      })
    }
    return content
  },
})
