import { implement, ORPCError } from '@orpc/server'
import { contract } from '#contract'

/** The double keeps no trace: every call says so. */
export function traceDouble() {
  const os = implement(contract)
  const none = () => {
    throw new ORPCError('NOT_FOUND', { message: 'This run has no trace' })
  }
  return {
    traces: {
      summary: os.traces.summary.handler(none),
      view: os.traces.view.handler(none),
      window: os.traces.window.handler(none),
      preview: os.traces.preview.handler(none),
      idle: os.traces.idle.handler(none),
      names: os.traces.names.handler(none),
      slice: os.traces.slice.handler(none),
      at: os.traces.at.handler(none),
      beside: os.traces.beside.handler(none),
      find: os.traces.find.handler(none),
      select: os.traces.select.handler(none),
      operatorsByShape: os.traces.operatorsByShape.handler(none),
      locate: os.traces.locate.handler(none),
    },
  }
}
