import { existsSync } from 'node:fs'
import { freemem, release, type as systemName, totalmem, version } from 'node:os'
import { type Facts, UNKNOWN } from '#domain/passport.ts'
import { cgroupFacts } from './cgroup.ts'
import { cpuFacts } from './cpu.ts'
import { readText } from './read.ts'

export { logicalCores } from './cpu.ts'

/** Sections of the passport that describe the computer. */
export interface HostFacts {
  cpu: Facts
  memory: Facts
  gpu: Facts
  os: Facts
}

/**
 * What this computer is, now. Linux tells most; Windows and macOS tell less and the rest reads "unknown".
 * Never throws.
 * @param readGpus asks the vendor's tool (`gpuFacts` of native-tools/nvidia-smi.ts); without it nothing is known of GPUs
 */
export async function hostFacts(readGpus?: () => Promise<Facts>): Promise<HostFacts> {
  const gpu = (await readGpus?.()) ?? { gpus: UNKNOWN }
  return { cpu: cpuFacts(), memory: memoryFacts(), gpu, os: osFacts() }
}

function memoryFacts(): Facts {
  const info = readText('/proc/meminfo')
  const bytes = (field: string) => {
    const kiB = info === undefined ? undefined : new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(info)?.[1]
    return kiB === undefined ? UNKNOWN : Number(kiB) * 1024
  }
  return {
    totalBytes: totalmem(),
    freeBytes: info === undefined ? freemem() : bytes('MemAvailable'),
    swapTotalBytes: bytes('SwapTotal'),
    swapFreeBytes: bytes('SwapFree'),
    transparentHugePages: chosen(readText('/sys/kernel/mm/transparent_hugepage/enabled')) ?? UNKNOWN,
    ...cgroupFacts('memory'),
  }
}

/** "always [madvise] never" → madvise. */
function chosen(text: string | undefined): string | undefined {
  return /\[(\w+)\]/.exec(text ?? '')?.[1]
}

function osFacts(): Facts {
  return {
    platform: process.platform,
    name: distribution() ?? `${systemName()} ${release()}`,
    kernel: release(),
    kernelBuild: version(),
    container: containerKind(),
    hypervisor: readText('/sys/class/dmi/id/product_name') ?? readText('/sys/hypervisor/type') ?? UNKNOWN,
    aslr: readText('/proc/sys/kernel/randomize_va_space') ?? UNKNOWN,
  }
}

function distribution(): string | undefined {
  const text = readText('/etc/os-release')
  return text === undefined ? undefined : /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1]
}

/** Container engines leave a file, a variable for PID 1 or a cgroup name. "none found" is not a proof. */
function containerKind(): string {
  if (process.platform !== 'linux') return UNKNOWN
  if (existsSync('/.dockerenv')) return 'docker'
  if (existsSync('/run/.containerenv')) return 'podman'
  if (process.env.APPTAINER_CONTAINER ?? process.env.SINGULARITY_CONTAINER) return 'apptainer'
  if (process.env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  const named = /docker|kubepods|containerd|lxc|podman/.exec(readText('/proc/1/cgroup') ?? '')?.[0]
  return named ?? readText('/run/systemd/container') ?? 'none found'
}
