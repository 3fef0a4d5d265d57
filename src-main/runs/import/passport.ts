import { type Passport, UNKNOWN } from '#domain/passport.ts'
import type { PointsContent } from '#formats/define.ts'
import type { ImportedFile } from './read-points.ts'

/** What a file tells of how its figures came about; of machine and time it tells nothing. */
export function importPassport(
  { files, content }: { files: readonly [ImportedFile, ...ImportedFile[]]; content: PointsContent },
  { command, modelName, app }: { command: string; modelName: string; app: { version: string; commit: string } },
): Passport {
  const { tool, toolVersion = UNKNOWN, facts, passport } = content
  const [{ path, format, bytes, sha256, modifiedMs }, ...others] = files
  return {
    command: { cli: command },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model: { name: modelName },
    runtime:
      passport === undefined ? { 'triton.version': UNKNOWN } : { 'tensorrt.version': UNKNOWN, ...passport.runtime },
    method: {
      tool,
      toolVersion,
      format: format.id,
      file: path,
      fileBytes: bytes,
      fileSha256: sha256,
      ...(others.length === 0
        ? {}
        : { otherFiles: others.map(each => `${each.path} (${each.format.id}, ${each.sha256})`) }),
      ...facts,
    },
    cpu: { model: UNKNOWN },
    memory: { memoryBytes: UNKNOWN },
    gpu: { name: UNKNOWN, ...passport?.gpu },
    os: { name: UNKNOWN },
    time: {
      measuredAt: UNKNOWN,
      fileModifiedAt: new Date(modifiedMs).toISOString(),
      importedAt: new Date().toISOString(),
    },
  }
}
