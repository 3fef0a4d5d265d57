import { EngineError } from '#domain/errors.ts'
import { csvCell } from './docker.ts'

/** A trtexec to use: a program's path, or `docker:IMAGE` for the one inside a container's image. */
export type TrtexecProgram = string

const PREFIX = 'docker:'

/** The image of `docker:IMAGE`; undefined for a path. @throws EngineError SPEC_INVALID for what is no image's name */
export function imageOf(program: TrtexecProgram): string | undefined {
  if (!program.startsWith(PREFIX)) return undefined
  const image = program.slice(PREFIX.length)
  // A name that begins with a dash would be an option of docker's.
  if (/^[a-zA-Z0-9][\w.\-/:@]*$/.test(image)) return image
  throw new EngineError('SPEC_INVALID', `"${image}" is not the name of an image`, {
    where: program,
    hint: 'For example docker:nvcr.io/nvidia/tensorrt:25.10-py3',
  })
}

/** Asks for the images on this machine. */
export function dockerImagesArgv(docker: string): string[] {
  return [docker, 'images', '--format', '{{.Repository}}:{{.Tag}}']
}

/** Those that hold a trtexec, as `docker:IMAGE`, in docker's order (newest first). @param text what `dockerImagesArgv` prints */
export function trtexecImages(text: string): TrtexecProgram[] {
  const images = text
    .split('\n')
    .map(line => line.trim())
    .filter(name => /^(?:[\w.\-/:]+\/)?(?:tensorrt|tritonserver):[\w.-]+$/.test(name))
    // Images of clients alone hold no TensorRT.
    .filter(name => !name.endsWith('-sdk') && !name.includes('-py3-sdk'))
  return [...new Set(images)].map(name => PREFIX + name)
}

/** NVIDIA's images keep trtexec in one of these folders, not always on PATH. */
const RUN_INSIDE = 'PATH="$PATH:/opt/tensorrt/bin:/usr/src/tensorrt/bin:/usr/local/tensorrt/bin"; exec trtexec "$@"'

export interface ContainerPlace {
  /** Path of docker. */
  docker: string
  /** By which `dockerStopArgv` ends it. */
  name: string
  /** Folders it sees, absolute, under the same path inside; those it only reads, and those it writes. */
  reads: readonly string[]
  writes: readonly string[]
  /** "1000:1000": what it writes belongs to the user. Absent: root. */
  user?: string
}

/**
 * The command that runs trtexec: the program itself, or `docker run` around the one inside an image. Paths in `args` are
 * the same inside and outside.
 * @throws EngineError SPEC_INVALID for what is no image's name or for folders that a container cannot have under the same path
 */
export function trtexecCommand(program: TrtexecProgram, args: readonly string[], place?: ContainerPlace): string[] {
  const image = imageOf(program)
  if (image === undefined) return [program, ...args]
  if (place === undefined) throw new Error('a container without a place was planned')
  const writes = [...new Set(place.writes)]
  const reads = [...new Set(place.reads)].filter(folder => !writes.includes(folder))
  return [
    place.docker,
    'run',
    '--rm',
    '--init',
    '--name',
    place.name,
    '--gpus',
    'all',
    '--network',
    'none',
    ...(place.user === undefined ? [] : ['--user', place.user]),
    ...reads.flatMap(folder => ['--mount', mount(folder, ',readonly')]),
    ...writes.flatMap(folder => ['--mount', mount(folder, '')]),
    '--entrypoint',
    '/bin/sh',
    image,
    '-c',
    RUN_INSIDE,
    'trtexec',
    ...args,
  ]
}

function mount(folder: string, mode: string): string {
  if (!folder.startsWith('/')) {
    throw new EngineError('SPEC_INVALID', 'A container cannot have this folder under the same path', {
      where: folder,
      hint: 'Use absolute POSIX paths, or a trtexec of this machine.',
    })
  }
  return `type=bind,${csvCell(`source=${folder}`)},${csvCell(`target=${folder}`)}${mode}`
}
