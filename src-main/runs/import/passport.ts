import { type Passport, UNKNOWN } from '#domain/passport.ts'
import type { ImportedFile } from './read-points.ts'

/** What a file tells of how its figures came about; of machine and time it tells nothing. */
export function importPassport(
  { path, format, content, bytes, sha256, modifiedMs }: ImportedFile,
  { command, modelName, app }: { command: string; modelName: string; app: { version: string; commit: string } },
): Passport {
  const { tool, toolVersion = UNKNOWN, facts } = content
  return {
    command: { cli: command },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model: { name: modelName },
    runtime: { 'triton.version': UNKNOWN },
    method: { tool, toolVersion, format: format.id, file: path, fileBytes: bytes, fileSha256: sha256, ...facts },
    cpu: { model: UNKNOWN },
    memory: { memoryBytes: UNKNOWN },
    gpu: { name: UNKNOWN },
    os: { name: UNKNOWN },
    time: {
      measuredAt: UNKNOWN,
      fileModifiedAt: new Date(modifiedMs).toISOString(),
      importedAt: new Date().toISOString(),
    },
  }
}
