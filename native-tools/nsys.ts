import { EngineError } from '#domain/errors.ts'
import { captureOutput } from './capture-output.ts'
import { defineTool } from './define.ts'
import { findPrograms } from './find-program.ts'
import { type NsysAbilities, nsysAbilities } from './nsys-args.ts'
import { probe, type VersionProbe } from './readiness.ts'

const HELP_TIMEOUT_MS = 10_000

/** More than that many copies are not asked for their version. */
const MAX_COPIES = 8

const VERSION: VersionProbe = {
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
}

/** NVIDIA Nsight Systems' command line. Arguments: `nsys-args.ts`; what it prints: `nsys-output.ts`. */
export const nsys = defineTool({
  id: 'nsys',
  title: 'Nsight Systems (nsys)',
  purpose: 'Captures where CPU and GPU time goes, and opens its reports.',
  /** Of several the newest that works: it opens the reports of all others. */
  async find(context) {
    const asked = (configuredPath: string | undefined) =>
      probe(VERSION, { ...context, ...(configuredPath === undefined ? {} : { configuredPath }) })
    if (context.configuredPath) return asked(context.configuredPath)
    const found = await Promise.all(findPrograms(VERSION.search).slice(0, MAX_COPIES).map(asked))
    const working = found.filter(({ ready }) => ready).sort((a, b) => -compareVersions(a.version, b.version))
    return working[0] ?? found[0] ?? asked(undefined)
  },
})

/** As numbers: 2025.10.1 is newer than 2025.3.2. */
function compareVersions(a = '', b = ''): number {
  const [numbersA, numbersB] = [a.split('.').map(Number), b.split('.').map(Number)]
  const at = numbersA.findIndex((number, i) => number !== (numbersB[i] ?? 0))
  return at < 0 ? 0 : (numbersA[at] ?? 0) - (numbersB[at] ?? 0)
}

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
