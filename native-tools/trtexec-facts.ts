import type { Facts } from '#domain/passport.ts'
import type { MeasuredHow, TrtexecDevice, TrtexecEvent, TrtexecRun } from '#formats/trtexec/types.ts'

/** How the double of trtexec in our tests names its device: what it plays must never pass for a measurement. */
const DOUBLE_DEVICE = /^Batchscope test double/

export function isTestDouble({ device }: Pick<TrtexecRun, 'device'>): boolean {
  return DOUBLE_DEVICE.test(device.name ?? '')
}

/** Which TensorRT ran; `double: true` where none did. */
export function programFacts(run: TrtexecRun): Facts {
  return present({
    version: run.version ?? 'unknown',
    buildTag: run.buildTag,
    precisionAsked: run.precisionAsked,
    double: isTestDouble(run) ? true : undefined,
  })
}

/** The device as trtexec's log names it. */
export function deviceFacts(device: TrtexecDevice): Facts {
  return present({
    name: device.name ?? 'unknown',
    uuid: device.uuid,
    computeCapability: device.computeCapability,
    multiprocessors: device.multiprocessors,
    memoryMiB: device.memoryMiB,
    computeClockGHz: device.computeClockGHz,
    memoryClockGHz: device.memoryClockGHz,
  })
}

/** What one latency covers and how it was taken, as the log says it ran. */
export function measuredFacts({ defaults, ...measured }: MeasuredHow): Facts {
  const whose =
    defaults === undefined ? undefined : defaults === 'from-11' ? 'TensorRT 11 and later' : 'up to TensorRT 10'
  return present({ ...measured, dialectDefaults: whose })
}

/** Words for what trtexec is at; how far it is nobody knows. */
export function phaseWords(event: TrtexecEvent): string | undefined {
  if (event.type === 'tactics') {
    return `timing tactics: ${event.layers} layers, ${event.timings} timings so far`
  }
  if (event.type !== 'phase') return undefined
  switch (event.phase) {
    case 'parse':
      return 'reading the model'
    case 'optimise':
      return 'optimising the graph'
    case 'tactics':
      return 'timing tactics'
    case 'serialise':
      return 'putting the engine together'
    case 'deserialise':
      return 'loading the engine'
    case 'inference':
      return 'measuring'
    case 'summary':
      return 'summing up'
    case 'profile':
      return 'timing layers'
  }
}

function present(facts: Record<string, Facts[string] | undefined>): Facts {
  return Object.fromEntries(Object.entries(facts).flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact]])))
}
