import { defineFormat } from './define.ts'
import { looksLikeChrome } from './trace-json/dialect.ts'
import { jsonTraceReader } from './trace-json/read-trace.ts'

/**
 * Chrome's trace event format as any program may write it: an object with `traceEvents`, or the bare list. A torch
 * trace whose head does not show it is recognised by its events.
 * Source: "Trace Event Format", the Chromium project.
 */
export const chromeTrace = defineFormat({
  id: 'chrome-trace',
  title: 'Chrome trace (JSON)',
  gives: 'trace',
  extensions: ['.json', '.json.gz'],
  sniff: looksLikeChrome,
  read: async () => jsonTraceReader(),
})
