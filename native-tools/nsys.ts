import { EngineError } from '#domain/errors.ts'
import { captureOutput } from './capture-output.ts'
import { defineTool } from './define.ts'
import { type NsysAbilities, nsysAbilities } from './nsys-args.ts'
import { probe } from './readiness.ts'

const HELP_TIMEOUT_MS = 10_000

/** NVIDIA Nsight Systems' command line. Arguments: `nsys-args.ts`; what it prints: `nsys-output.ts`. */
export const nsys = defineTool({
  id: 'nsys',
  title: 'Nsight Systems (nsys)',
  purpose: 'Captures where CPU and GPU time goes, and opens its reports.',
  find: context =>
    probe(
      {
        search: {
          names: ['nsys'],
          usualFolders: [
            '/opt/nvidia/nsight-systems/*/bin',
            '/opt/nvidia/nsight-systems-cli/*/bin',
            '/usr/local/cuda/bin',
            '/usr/lib/nsight-systems/bin',
            '~/.cache/batchscope-nsys/usr/lib/nsight-systems/bin',
            'C:/Program Files/NVIDIA Corporation/Nsight Systems */target-windows-x64',
          ],
        },
        args: ['--version'],
        version: ({ stdout }) => nsysVersion(stdout),
        hint: 'Install Nsight Systems (part of the CUDA toolkit, or nsight-systems-cli from NVIDIA), or set its path in Settings.',
      },
      context,
    ),
})

/** "NVIDIA Nsight Systems version 2023.4.4.54-234433681190v0" → 2023.4.4. */
export function nsysVersion(text: string): string | undefined {
  return /Nsight Systems version (\d+\.\d+\.\d+)/.exec(text)?.[1]
}

/** What the nsys at `path` can do, from its own help. @throws EngineError TOOL_FAILED when it does not tell */
export async function askNsysAbilities(path: string, signal?: AbortSignal): Promise<NsysAbilities> {
  const { stdout, stderr } = await captureOutput({
    argv: [path, 'profile', '--help'],
    timeoutMs: HELP_TIMEOUT_MS,
    ...(signal === undefined ? {} : { signal }),
  })
  const abilities = nsysAbilities(stdout)
  if (abilities.options.has('--trace')) return abilities
  throw new EngineError('TOOL_FAILED', 'nsys does not tell its options', {
    where: path,
    hint: 'Run `nsys profile --help` in a terminal; the installation may be incomplete.',
    detail: stderr,
  })
}
