import type { Check } from '#domain/machine.ts'
import type { Facts } from '#domain/passport.ts'

/** Lines of the doctor, one a GPU, from `gpuFacts()`: what it is, and what to set before figures of it are compared. */
export function gpuChecks(facts: Facts): Check[] {
  const count = typeof facts.gpus === 'number' ? facts.gpus : 0
  return Array.from({ length: count }, (_, index) =>
    gpuCheck(index, facts.cudaVersion, name => facts[`gpu${index}${name}`]),
  )
}

function gpuCheck(
  index: number,
  cuda: Facts[string] | undefined,
  fact: (name: string) => Facts[string] | undefined,
): Check {
  const [persistence, mig, highest] = [fact('PersistenceMode'), fact('MigMode'), fact('SmClockMaxMHz')]
  const found = [
    fact('Name') ?? 'a GPU without a name',
    words('driver', fact('Driver')),
    words('CUDA up to', cuda),
    words('memory', fact('MemoryTotalMiB'), 'MiB'),
    words('power limit', fact('PowerLimitW'), 'W'),
    words('persistence', persistence),
    words('MIG', mig),
  ]
  const advice = [
    persistence === 'Disabled'
      ? `sudo nvidia-smi -i ${index} --persistence-mode=1 keeps the driver loaded: without it each process waits for the GPU to wake.`
      : undefined,
    mig === 'Enabled'
      ? 'With MIG, power, clocks and throttling are those of all instances together, and utilisation is not told.'
      : undefined,
    `sudo nvidia-smi -i ${index} --lock-gpu-clocks=MHZ,MHZ${highest === undefined ? '' : ` (at most ${highest})`} holds the clocks while you compare; --reset-gpu-clocks lets them go.`,
  ]
  return {
    id: `gpu-${index}`,
    title: `GPU ${index}`,
    state: persistence === 'Disabled' || mig === 'Enabled' ? 'warning' : 'ok',
    found: found.filter(part => part !== undefined).join(', '),
    readyFor: 'runtimes of TensorRT and CUDA, under watch',
    hint: advice.filter(part => part !== undefined).join(' '),
  }
}

/** What the GPU does not have is left out. */
function words(name: string, fact: Facts[string] | undefined, unit = ''): string | undefined {
  if (fact === undefined) return undefined
  return `${name} ${typeof fact === 'string' ? fact.toLowerCase() : fact}${unit === '' ? '' : ` ${unit}`}`
}
