import { defineTool } from './define.ts'
import { probe } from './readiness.ts'

/** NVIDIA's Triton Inference Server, as a program of this machine (in its container: /opt/tritonserver). */
export const tritonserver = defineTool({
  id: 'tritonserver',
  title: 'Triton Inference Server',
  purpose: 'Serves a model repository from this machine.',
  async find(context) {
    // It has no --version, and telling it otherwise means starting the server: only that it runs is asked.
    const { version: _, ...found } = await probe(
      {
        search: { names: ['tritonserver'], usualFolders: ['/opt/tritonserver/bin', '~/.cache/batchscope-triton/bin'] },
        args: ['--help'],
        version: ({ stdout, stderr }) => (/Usage: tritonserver/.test(`${stdout}\n${stderr}`) ? 'found' : undefined),
        hint: 'Run Triton in its container (nvcr.io/nvidia/tritonserver), or set the path of tritonserver in Settings.',
      },
      context,
    )
    return found
  },
})

export interface ServerPorts {
  http: number
  grpc: number
  metrics: number
}

export interface ServerOptions {
  repositoryPath: string
  modelControl: 'none' | 'explicit' | 'poll'
  /** Models loaded at start with explicit control; empty: all. */
  load: readonly string[]
  /** Further options, one argument each; they come last and so win over ours. */
  extra: readonly string[]
}

/**
 * Options of tritonserver: it listens on `address` alone, and serves what loads where a model does not.
 * Source: `tritonserver --help`, 2.51.0.
 */
export function tritonserverArgs(
  { repositoryPath, modelControl, load, extra }: ServerOptions,
  { http, grpc, metrics }: ServerPorts,
  address: string,
): string[] {
  const models = modelControl === 'explicit' ? (load.length === 0 ? ['*'] : load) : []
  return [
    `--model-repository=${repositoryPath}`,
    `--model-control-mode=${modelControl}`,
    ...models.map(model => `--load-model=${model}`),
    '--exit-on-error=false',
    '--exit-timeout-secs=5',
    `--http-address=${address}`,
    `--http-port=${http}`,
    `--grpc-address=${address}`,
    `--grpc-port=${grpc}`,
    `--metrics-address=${address}`,
    `--metrics-port=${metrics}`,
    ...extra,
  ]
}
