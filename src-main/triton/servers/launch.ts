import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { ServerStart } from '#domain/repository.ts'
import { docker, dockerEnvArgv, dockerRunArgv, dockerStopArgv } from '../../../native-tools/docker.ts'
import { type ServerPorts, tritonserver, tritonserverArgs } from '../../../native-tools/tritonserver.ts'

/** How a server is started and stopped: argument arrays, never a shell line. */
export interface Launch {
  argv: string[]
  /** Ends the container; absent for a program of this machine, which is sent SIGTERM. */
  stopArgv?: string[]
  /** Tells what the container's image is made of. */
  imageEnvArgv?: string[]
}

/**
 * @param toolPaths paths of tools by id, from Settings
 * @throws EngineError TOOL_MISSING, SPEC_INVALID
 */
export async function planLaunch(
  start: ServerStart,
  ports: ServerPorts,
  toolPaths: Readonly<Record<string, string>>,
): Promise<Launch> {
  const options = { ...start, repositoryPath: resolve(start.repositoryPath) }
  if (start.how === 'local') {
    const program = await programOf(tritonserver, toolPaths)
    return { argv: [program, ...tritonserverArgs(options, ports, '127.0.0.1')] }
  }
  const { image } = start
  if (!image)
    throw new EngineError('SPEC_INVALID', 'A container needs an image', {
      hint: 'For example nvcr.io/nvidia/tritonserver:25.10-py3',
    })
  if (image.startsWith('-'))
    throw new EngineError('SPEC_INVALID', `"${image}" is not the name of an image`, { where: image })
  const program = await programOf(docker, toolPaths)
  const name = `batchscope-${randomUUID().slice(0, 8)}`
  const sharedMemory = process.platform === 'linux'
  return {
    argv: dockerRunArgv(program, { ...options, image, name, ports, sharedMemory }),
    stopArgv: dockerStopArgv(program, name),
    imageEnvArgv: dockerEnvArgv(program, image),
  }
}

async function programOf(
  tool: typeof docker | typeof tritonserver,
  toolPaths: Readonly<Record<string, string>>,
): Promise<string> {
  const configuredPath = toolPaths[tool.id]
  const { ready, path, why, hint } = await tool.find(configuredPath ? { configuredPath } : {})
  if (ready && path !== undefined) return path
  throw new EngineError('TOOL_MISSING', why ?? `${tool.title} was not found`, {
    where: path ?? tool.id,
    ...(hint === undefined ? {} : { hint }),
  })
}
