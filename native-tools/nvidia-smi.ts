import { EngineError } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import { captureOutput } from './capture-output.ts'
import { defineTool } from './define.ts'
import { findProgramIfAny } from './find-program.ts'
import { probe } from './readiness.ts'

export const NVIDIA_SMI_SEARCH = { names: ['nvidia-smi'], usualFolders: ['/usr/lib/wsl/lib', 'C:/Windows/System32'] }
const QUERY_TIMEOUT_MS = 3000

/**
 * What is asked of each GPU, by fact name. Every driver since 418 knows these; a field the GPU lacks is answered
 * with "[N/A]" or "[Not Supported]".
 */
const FIELDS = {
  name: 'name',
  uuid: 'uuid',
  driver: 'driver_version',
  memoryTotalMiB: 'memory.total',
  memoryUsedMiB: 'memory.used',
  powerLimitW: 'power.limit',
  smClockMHz: 'clocks.sm',
  smClockMaxMHz: 'clocks.max.sm',
  memoryClockMHz: 'clocks.mem',
  persistenceMode: 'persistence_mode',
  computeMode: 'compute_mode',
  migMode: 'mig.mode.current',
  temperatureC: 'temperature.gpu',
  utilizationPercent: 'utilization.gpu',
  throttleReasons: 'clocks_throttle_reasons.active',
} as const

/** NVIDIA's driver command line. */
export const nvidiaSmi = defineTool({
  id: 'nvidia-smi',
  title: 'NVIDIA driver (nvidia-smi)',
  purpose: 'Tells which GPUs are here, their clocks and limits, for the passport.',
  find: context =>
    probe(
      {
        search: NVIDIA_SMI_SEARCH,
        args: ['--query-gpu=driver_version', '--format=csv,noheader'],
        version: ({ exitCode, stdout }) => (exitCode === 0 ? /^\d+(\.\d+)+$/m.exec(stdout)?.[0] : undefined),
        hint: 'Install the NVIDIA driver. Without a GPU everything that runs on the CPU still works.',
      },
      context,
    ),
})

/** Arguments that ask for all FIELDS, one CSV line a GPU. */
export function gpuQueryArgs(): string[] {
  return [`--query-gpu=${Object.values(FIELDS).join(',')}`, '--format=csv,noheader,nounits']
}

/**
 * Section `gpu` of the passport: `gpus` counts them, then `gpu0Name`, `gpu0SmClockMHz`…, and `cudaVersion`. "none found" where there is
 * no driver. Never throws.
 */
export async function gpuFacts(configuredPath?: string): Promise<Facts> {
  const path = findProgramIfAny({ ...NVIDIA_SMI_SEARCH, ...(configuredPath ? { configuredPath } : {}) })
  if (path === undefined) return { gpus: 'none found' }
  try {
    const [{ exitCode, stdout }, table] = await Promise.all([
      captureOutput({ argv: [path, ...gpuQueryArgs()], timeoutMs: QUERY_TIMEOUT_MS }),
      captureOutput({ argv: [path], timeoutMs: QUERY_TIMEOUT_MS }),
    ])
    const cuda = cudaVersion(table.stdout)
    return exitCode === 0
      ? { ...parseGpus(stdout), ...(cuda === undefined ? {} : { cudaVersion: cuda }) }
      : { gpus: 'unknown', nvidiaSmi: stdout.split('\n')[0] || `exit code ${exitCode}` }
  } catch (error) {
    if (error instanceof EngineError) return { gpus: 'unknown', nvidiaSmi: error.message }
    throw error
  }
}

/**
 * The highest CUDA version the driver runs, from the head of nvidia-smi's table, which alone tells it:
 * "CUDA Version: 11.3", since 610 "CUDA UMD Version: 13.3". Not what is installed.
 */
export function cudaVersion(table: string): string | undefined {
  return /CUDA (?:UMD )?Version: *(\d+\.\d+)/.exec(table)?.[1]
}

/** Lines of `gpuQueryArgs()`. A value that the GPU does not have is left out. */
export function parseGpus(text: string): Facts {
  const rows = text.split('\n').filter(line => line.split(', ').length === Object.keys(FIELDS).length)
  const facts: Facts = { gpus: rows.length === 0 ? 'none found' : rows.length }
  for (const [index, row] of rows.entries()) {
    const cells = row.split(', ')
    for (const [column, name] of Object.keys(FIELDS).entries()) {
      const cell = cells[column]?.trim() ?? ''
      if (cell === '' || /^\[.*\]$|^N\/A$/.test(cell)) continue
      const key = `gpu${index}${name[0]?.toUpperCase()}${name.slice(1)}`
      facts[key] = /^-?\d+(\.\d+)?$/.test(cell) && name !== 'driver' ? Number(cell) : cell
    }
  }
  return facts
}
