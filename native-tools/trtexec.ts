import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { captureOutput } from './capture-output.ts'
import { defineTool, type FindContext } from './define.ts'
import { dockerEnvArgv, tensorrtOfImage } from './docker.ts'
import { findProgramIfAny } from './find-program.ts'
import { probe } from './readiness.ts'
import { type TrtexecAbilities, trtexecAbilities, trtexecVersion } from './trtexec-abilities.ts'
import { dockerImagesArgv, imageOf, type TrtexecProgram, trtexecCommand, trtexecImages } from './trtexec-container.ts'

/** Its libraries hold some gigabytes, which a cold disk takes seconds to read. */
const COLD_START_MS = 10_000
const DOCKER_TIMEOUT_MS = 2000
/** A container's start, and in a program's first run loading the libraries from a cold disk. */
const HELP_TIMEOUT_MS = 30_000

/** TensorRT's command line. Arguments: `trtexec-args.ts`; in a container: `trtexec-container.ts`. */
export const trtexec = defineTool({
  id: 'trtexec',
  title: 'TensorRT (trtexec)',
  purpose: 'Builds TensorRT engines and measures them.',
  /** Configured, on PATH or in the usual folders; `docker:IMAGE` is looked up among docker's images. */
  async find(context) {
    const configured = context.configuredPath
    if (configured?.startsWith('docker:')) return findInImage(configured, context)
    const found = await findHere(context)
    if (found.ready || configured) return found
    const [image] = await listTrtexecImages(context.signal)
    return image === undefined
      ? found
      : { ...found, hint: `An image on this machine has it: choose ${image} as the path of trtexec.` }
  },
})

function findHere(context: FindContext): Promise<Readiness> {
  return probe(
    {
      search: {
        names: ['trtexec'],
        usualFolders: ['/usr/src/tensorrt/bin', '/opt/tensorrt/bin', '/usr/local/tensorrt/bin', '~/TensorRT*/bin'],
      },
      // There is no --version: it exits 1. The first line of --help names the version.
      args: ['--help'],
      timeoutMs: COLD_START_MS,
      version: ({ stdout, stderr }) => trtexecVersion(`${stdout}\n${stderr}`),
      hint: 'Install TensorRT (its bin folder holds trtexec), or set the path of trtexec in Settings.',
    },
    context,
  )
}

/** The version is read from the image without starting it: NVIDIA's images carry TRT_VERSION. */
async function findInImage(program: TrtexecProgram, { signal }: FindContext): Promise<Readiness> {
  const hint = 'Pull the image with docker, or choose a trtexec of this machine.'
  const docker = findProgramIfAny({ names: ['docker'] })
  if (docker === undefined) return { ready: false, why: 'docker was not found', hint: 'Install Docker Engine.' }
  const image = imageOf(program) ?? program
  const output = await captureOutput({
    argv: dockerEnvArgv(docker, image),
    timeoutMs: DOCKER_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  if (output.timedOut)
    return { ready: false, path: program, why: 'docker does not answer', hint: 'Is its service running?' }
  const why = output.lastStderr.findLast(line => line.trim() !== '') ?? `docker ended with ${output.exitCode}`
  if (output.exitCode !== 0) return { ready: false, path: program, why, hint }
  const version = tensorrtOfImage(output.stdout)?.split('.').slice(0, 3).join('.')
  if (version === undefined) return { ready: false, path: program, why: 'The image names no TensorRT', hint }
  return { ready: true, path: program, version }
}

/** `docker:IMAGE` for every image on this machine that holds a trtexec; none where docker is absent or does not answer. */
export async function listTrtexecImages(signal?: AbortSignal): Promise<TrtexecProgram[]> {
  const docker = findProgramIfAny({ names: ['docker'] })
  if (docker === undefined) return []
  const { exitCode, stdout } = await captureOutput({
    argv: dockerImagesArgv(docker),
    timeoutMs: DOCKER_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  return exitCode === 0 ? trtexecImages(stdout) : []
}

/**
 * What a trtexec can do, from its own help.
 * @throws EngineError TOOL_FAILED when it tells neither options nor version, TOOL_MISSING, CANCELLED
 */
export async function askTrtexecAbilities(program: TrtexecProgram, signal?: AbortSignal): Promise<TrtexecAbilities> {
  const docker = imageOf(program) === undefined ? undefined : findProgramIfAny({ names: ['docker'] })
  const place = {
    docker: docker ?? 'docker',
    name: `batchscope-help-${process.pid}-${Date.now()}`,
    reads: [],
    writes: [],
  }
  const { stdout, stderr } = await captureOutput({
    argv: trtexecCommand(program, ['--help'], place),
    timeoutMs: HELP_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  const abilities = trtexecAbilities(`${stdout}\n${stderr}`)
  if (abilities.flags.has('--onnx')) return abilities
  throw new EngineError('TOOL_FAILED', 'trtexec does not tell its options', {
    where: program,
    hint: 'Run `trtexec --help` in a terminal; the installation may be incomplete.',
    detail: stderr,
  })
}
