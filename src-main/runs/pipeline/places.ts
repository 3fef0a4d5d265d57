import { existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'

/** The pipeline's folder: as asked, or beside the session, so that both travel together. */
export function pipelineFolder(asked: string | undefined, sessionPath: string): string {
  if (asked !== undefined) return resolve(asked)
  return join(dirname(sessionPath), `${basename(sessionPath, extname(sessionPath))}.files`)
}

/**
 * Where a step's file goes: as asked, or under a free name in the folder, which is made.
 * @throws EngineError FILE_EXISTS, so that nothing is overwritten; FILE_NOT_FOUND for its folder
 */
export function placeFor(folder: string, asked: string | undefined, name: string): string {
  if (asked === undefined) {
    mkdirSync(folder, { recursive: true })
    return freeName(folder, name)
  }
  const path = resolve(asked)
  if (!existsSync(dirname(path))) {
    throw new EngineError('FILE_NOT_FOUND', 'The folder of the output does not exist', {
      where: dirname(path),
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

/** `model.fp16.onnx`, `model.fp16-2.onnx`… */
function freeName(folder: string, name: string): string {
  const end = extname(name)
  const stem = basename(name, end)
  for (let at = 1; ; at++) {
    const path = join(folder, at === 1 ? name : `${stem}-${at}${end}`)
    if (!existsSync(path)) return path
  }
}
