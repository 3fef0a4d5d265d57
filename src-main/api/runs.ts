import { os } from './base.ts'

export const runs = {
  plan: os.runs.plan.handler(({ input, context: { engine } }) => engine.runs.plan(input.kind, input.spec)),
  start: os.runs.start.handler(async ({ input: { sessionId, kind, spec, title }, context: { engine } }) => ({
    runId: await engine.runs.start(sessionId, kind, spec, title),
  })),
  get: os.runs.get.handler(({ input, context: { engine } }) => engine.runs.get(input.sessionId, input.runId)),
  watch: os.runs.watch.handler(({ input, context: { engine }, signal }) =>
    engine.runs.watch(input.sessionId, input.runId, input.afterSeq, signal),
  ),
  cancel: os.runs.cancel.handler(({ input, context: { engine } }) => engine.runs.cancel(input.sessionId, input.runId)),
  stop: os.runs.stop.handler(({ input, context: { engine } }) => engine.runs.stop(input.sessionId, input.runId)),
  pause: os.runs.pause.handler(({ input, context: { engine } }) =>
    engine.runs.pause(input.sessionId, input.runId, true),
  ),
  resume: os.runs.resume.handler(({ input, context: { engine } }) =>
    engine.runs.pause(input.sessionId, input.runId, false),
  ),
  update: os.runs.update.handler(({ input: { sessionId, runId, ...patch }, context: { engine } }) =>
    engine.runs.update(sessionId, runId, patch),
  ),
  delete: os.runs.delete.handler(({ input, context: { engine } }) => engine.runs.delete(input.sessionId, input.runId)),
  restore: os.runs.restore.handler(({ input, context: { engine } }) =>
    engine.runs.restore(input.sessionId, input.runId),
  ),
  waysToProfile: os.runs.waysToProfile.handler(({ input, context: { engine } }) =>
    engine.runs.waysToProfile(input.sessionId, input.runId, input.pointId),
  ),
  attachments: os.runs.attachments.handler(({ input: { sessionId, runId, kind }, context: { engine } }) =>
    engine.runs.attachments(sessionId, runId, kind),
  ),
  samples: os.runs.samples.handler(({ input, context: { engine } }) =>
    engine.runs.samples(input.sessionId, input.runId, input.pointId),
  ),
}
