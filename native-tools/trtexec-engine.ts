import { randomUUID } from 'node:crypto'
import { constants, copyFile, link, mkdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { BuildSpec } from '#domain/build-spec.ts'
import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import type { TrtexecRun } from '#formats/trtexec/types.ts'
import { hashFile } from '../src-main/workers/file-hash.ts'
import { runTrtexec, type TrtexecTalk } from './run-trtexec.ts'
import type { TrtexecAbilities } from './trtexec-abilities.ts'
import { type BuildFiles, buildArgs } from './trtexec-args.ts'
import type { Refusal } from './trtexec-arguments.ts'
import type { TrtexecProgram } from './trtexec-container.ts'

/** Of an engine that could not be saved, less than this is left where it was the disk. */
const FULL_BELOW_BYTES = 2 ** 20

export interface EngineJob {
  program: TrtexecProgram
  abilities: TrtexecAbilities
  spec: BuildSpec
  model: Model
  /** Where the engine and the export of its layers will lie, and the timing cache it uses. */
  files: BuildFiles
}

export interface BuiltEngine {
  path: string
  bytes: number
  sha256: string
  argv: string[]
  run: TrtexecRun
  /** Of the whole process. */
  elapsedMs: number
  /** What was left out or understood when the arguments were made. */
  notices: string[]
  /** The export of its layers, where there is one. */
  layersJson?: string
}

/**
 * Builds an engine under a temporary name beside its place and gives it its own when it is whole: what lies at
 * `files.engine` is complete or absent, and never overwritten.
 * @throws EngineError as `runTrtexec`; FILE_EXISTS, FILE_UNWRITABLE, DISK_FULL, SPEC_INVALID for what this trtexec cannot build
 */
export async function buildEngine(
  { program, abilities, spec, model, files }: EngineJob,
  talk: TrtexecTalk,
  limits: { signal: AbortSignal; timeoutMs: number },
): Promise<BuiltEngine> {
  const folder = dirname(files.engine)
  await makeFolder(folder)
  await refuseExisting(files.engine)
  const unfinished = `${files.engine}.${randomUUID().slice(0, 8)}.part`
  const layers = files.layers === undefined ? undefined : `${unfinished}.layers.json`
  const made = buildArgs(spec, model, abilities, { ...files, engine: unfinished, ...(layers ? { layers } : {}) })
  if ('refused' in made) throw refusedError(made.refused)
  try {
    const { argv, run, elapsedMs } = await runTrtexec(
      { program, args: made.argv, reads: readFolders(spec, model), writes: [folder, ...cacheFolder(files)] },
      talk,
      limits,
    )
    const bytes = await sizeOf(unfinished)
    const sha256 = await hashFile(unfinished, bytes, limits.signal)
    const layersJson = layers === undefined ? undefined : await readIfAny(layers)
    limits.signal.throwIfAborted()
    await giveName(unfinished, files.engine)
    if (layers !== undefined && files.layers !== undefined && layersJson !== undefined) {
      await giveName(layers, files.layers)
    }
    return {
      path: files.engine,
      bytes,
      sha256,
      argv,
      run,
      elapsedMs,
      notices: made.notices,
      ...(layersJson === undefined ? {} : { layersJson }),
    }
  } catch (thrown) {
    throw await unwritten(thrown, folder)
  } finally {
    await rm(unfinished, { force: true })
    if (layers !== undefined) await rm(layers, { force: true })
  }
}

/** The first reason, the others in the detail. */
export function refusedError([first, ...others]: readonly Refusal[]): EngineError {
  return new EngineError('SPEC_INVALID', first?.why ?? 'This trtexec cannot do what is asked', {
    ...(first?.where === undefined ? {} : { where: first.where }),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    ...(others.length === 0 ? {} : { detail: others.map(({ why, hint }) => `${why}. ${hint}`).join('\n') }),
  })
}

/** trtexec says only that it could not save its engine: the file system tells more, while the half file still lies there. */
async function unwritten(thrown: unknown, folder: string): Promise<unknown> {
  if (!(thrown instanceof EngineError) || !thrown.message.startsWith('Saving engine to file failed')) return thrown
  const { bavail, bsize } = await statfs(folder)
  const free = formatBytes(bavail * bsize)
  return bavail * bsize < FULL_BELOW_BYTES
    ? new EngineError('DISK_FULL', 'The disk has no room for the engine', {
        where: folder,
        hint: `${free} are free: make room, or choose another folder.`,
      })
    : new EngineError('FILE_UNWRITABLE', 'The engine could not be written to its file', {
        where: folder,
        hint: `The disk has ${free} free: is there a quota, or was it full for a moment?`,
      })
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw new EngineError(
      'FILE_UNWRITABLE',
      'The folder of the engines cannot be made',
      { where: folder, hint: 'Choose another with --output.' },
      { cause },
    )
  }
}

async function refuseExisting(path: string): Promise<void> {
  if ((await statIfAny(path)) === undefined) return
  throw new EngineError('FILE_EXISTS', 'An engine of this name exists already', {
    where: path,
    hint: 'It is not overwritten: use it as it is, or move it away to build it again.',
  })
}

async function sizeOf(path: string): Promise<number> {
  const found = await statIfAny(path)
  if (found !== undefined && found.size > 0) return found.size
  throw new EngineError('TOOL_FAILED', 'trtexec ended well but left no engine', {
    where: basename(path),
    hint: 'Run the same command in a terminal to see more.',
  })
}

/** Fails where another build gave the same name meanwhile, instead of replacing its engine. */
async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) await refuseExisting(to)
    // Not every file system has links.
    else await copyFile(from, to, constants.COPYFILE_EXCL)
  }
}

async function statIfAny(path: string) {
  try {
    return await stat(path)
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined
    throw cause
  }
}

/** Older versions export no layers: the build says so. */
async function readIfAny(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return undefined
    throw cause
  }
}

function readFolders({ calibrationCache }: BuildSpec, model: Model): string[] {
  return [dirname(model.path), ...(calibrationCache === undefined ? [] : [dirname(resolve(calibrationCache))])]
}

function cacheFolder({ timingCache }: BuildFiles): string[] {
  return timingCache === undefined ? [] : [dirname(timingCache)]
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
