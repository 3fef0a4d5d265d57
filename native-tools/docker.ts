import { defineTool } from './define.ts'
import { probe } from './readiness.ts'
import { type ServerOptions, type ServerPorts, tritonserverArgs } from './tritonserver.ts'

/** Docker's command line, or podman under its name. */
export const docker = defineTool({
  id: 'docker',
  title: 'Docker',
  purpose: 'Runs Triton and trtexec in their containers.',
  find: context =>
    probe(
      {
        search: { names: ['docker'] },
        args: ['--version'],
        version: ({ stdout }) => dockerVersion(stdout),
        hint: 'Install Docker Engine (for GPUs also the NVIDIA Container Toolkit), or start a local tritonserver.',
      },
      context,
    ),
})

/** "Docker version 27.3.1, build ce12230" → 27.3.1; podman: "podman version 4.3.1" → podman 4.3.1. */
export function dockerVersion(text: string): string | undefined {
  const [, name, version] = /^(docker|podman) version (\d+\.\d+\.\d+\S*?),?(?:\s|$)/im.exec(text) ?? []
  return name === undefined ? undefined : name.toLowerCase() === 'podman' ? `podman ${version}` : version
}

/** Triton's own ports, inside the container. */
const INSIDE: ServerPorts = { http: 8000, grpc: 8001, metrics: 8002 }

export interface ContainerOptions extends ServerOptions {
  image: string
  /** By which `docker stop` finds it. */
  name: string
  gpus: boolean
  /** Published on 127.0.0.1 alone. */
  ports: ServerPorts
  /** Clients of this machine use its shared memory: the container gets the host's. */
  sharedMemory: boolean
}

/** Room for the python backend's shared memory where the host's is not used; Docker's own 64 MiB are too few. */
const SHM_SIZE = '1g'

/** `docker run …`: removed when it ends, repository read-only. Source: Docker CLI reference, `docker container run`. */
export function dockerRunArgv(program: string, options: ContainerOptions): string[] {
  const { image, name, gpus, ports, sharedMemory, repositoryPath } = options
  const publish = (port: number, inside: number) => ['--publish', `127.0.0.1:${port}:${inside}`]
  return [
    program,
    'run',
    '--rm',
    '--name',
    name,
    ...(gpus ? ['--gpus', 'all'] : []),
    ...(sharedMemory ? ['--ipc=host'] : [`--shm-size=${SHM_SIZE}`]),
    ...publish(ports.http, INSIDE.http),
    ...publish(ports.grpc, INSIDE.grpc),
    ...publish(ports.metrics, INSIDE.metrics),
    '--mount',
    `type=bind,${csvCell(`source=${repositoryPath}`)},target=/models,readonly`,
    image,
    'tritonserver',
    ...tritonserverArgs({ ...options, repositoryPath: '/models' }, INSIDE, '0.0.0.0'),
  ]
}

/** Asks for the environment of an image that is on this machine; fails for one that is not. */
export function dockerEnvArgv(program: string, image: string): string[] {
  return [program, 'image', 'inspect', '--format', '{{json .Config.Env}}', image]
}

/** TensorRT of an image of NVIDIA's, by the TRT_VERSION that they carry: `10.5.0.18`. @param text what `dockerEnvArgv` prints */
export function tensorrtOfImage(text: string): string | undefined {
  return /"TRT_VERSION=(\d+(?:\.\d+)+)/.exec(text)?.[1]
}

/** Ends a container by name: SIGTERM, after ten seconds SIGKILL. */
export function dockerStopArgv(program: string, name: string): string[] {
  return [program, 'stop', '--time', '10', name]
}

/** `--mount` reads its value as a line of CSV: a path with a comma or quote needs quotes. */
export function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
