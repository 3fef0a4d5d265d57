import { os } from './base.ts'

export const system = {
  info: os.system.info.handler(({ context: { engine } }) => engine.system.info()),
  doctor: os.system.doctor.handler(({ input, context: { engine } }) => engine.system.doctor(input.fresh)),
  schema: os.system.schema.handler(({ context: { engine } }) => engine.system.schema()),
  browse: os.system.browse.handler(({ input, context: { engine } }) => engine.system.browse(input.path)),
  uploadBegin: os.system.uploadBegin.handler(({ input, context: { engine } }) => engine.system.uploadBegin(input)),
  uploadChunk: os.system.uploadChunk.handler(({ input, context: { engine } }) => engine.system.uploadChunk(input)),
  uploadEnd: os.system.uploadEnd.handler(({ input, context: { engine } }) => engine.system.uploadEnd(input.uploadId)),
}
