import { existsSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { RunSink } from '../define.ts'

/**
 * Where a capture leaves its file: as asked, or beside the session as `<session>.<run>.<extension>`, so that both travel together.
 * @throws EngineError FILE_EXISTS, so that nothing of the user's is overwritten; FILE_NOT_FOUND for its folder
 */
export function outputPath(
  asked: string | undefined,
  extension: string,
  { sessionPath, runId }: Pick<RunSink, 'sessionPath' | 'runId'>,
): string {
  if (asked === undefined) {
    return join(dirname(sessionPath), `${basename(sessionPath, extname(sessionPath))}.${runId}${extension}`)
  }
  const path = resolve(asked.endsWith(extension) ? asked : asked + extension)
  const folder = dirname(path)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new EngineError('FILE_NOT_FOUND', 'The folder of the output does not exist', {
      where: folder,
      hint: 'Make it, or name another.',
    })
  }
  if (existsSync(path)) {
    throw new EngineError('FILE_EXISTS', 'The output file exists already', {
      where: path,
      hint: 'Name another, or move it away.',
    })
  }
  return path
}
