import { printedNumber } from './log-line.ts'
import { batchOf, shapesOf } from './shapes.ts'
import type { MeasuredHow, TrtexecDevice, TrtexecRun } from './types.ts'
import { STRONGLY_TYPED_SINCE, tensorRtVersion } from './version.ts'

type Facts = Pick<
  TrtexecRun,
  'device' | 'shapes' | 'batch' | 'precisionAsked' | 'modelPath' | 'enginePath' | 'measured'
>

/** What the option and device sections of a run say, and its command line where they are missing. */
export function factsOfSections(run: TrtexecRun): Facts {
  const section = (title: string) => run.sections[title] ?? {}
  const [model, build, inference] = ['Model Options', 'Build Options', 'Inference Options'].map(section)
  const flag = (name: string) => flagOf(run.commandLine, name)
  const shapes = { ...askedShapes(inference, flag('shapes')), ...run.shapes }
  const batch = batchOfRun(run, inference, shapes)
  const isLoaded = Boolean(build?.['Load engine'] || flag('loadEngine'))
  // Of a loaded engine the options tell nothing: up to 8.6 their defaults are printed all the same.
  const precisionAsked = isLoaded ? undefined : build?.Precision || undefined
  const modelPath =
    run.modelPath ||
    model?.Model ||
    model?.Prototxt ||
    model?.['UFF Input'] ||
    flag('onnx') ||
    flag('deploy') ||
    flag('uff')
  const enginePath = build?.['Load engine'] || flag('loadEngine') || build?.['Save engine'] || flag('saveEngine')
  return {
    device: deviceOf(section('Device Information')),
    shapes,
    measured: measuredHow(run, inference),
    ...(batch === undefined ? {} : { batch }),
    ...(precisionAsked === undefined ? {} : { precisionAsked }),
    ...(modelPath ? { modelPath } : {}),
    ...(enginePath ? { enginePath } : {}),
  }
}

/** The last value counts, as in trtexec. The banner prints no quotes: a value ends with its blank. */
function flagOf(commandLine: string | undefined, name: string): string | undefined {
  const matches = [...(commandLine ?? '').matchAll(new RegExp(String.raw`(?:^|\s)--${name}=(\S+)`, 'g'))]
  return matches.at(-1)?.[1]
}

function askedShapes(inference: Record<string, string> | undefined, flag: string | undefined) {
  const printed = inference?.['Input inference shape'] ?? inference?.['Input inference shapes'] ?? flag
  return printed === undefined || printed === 'model' ? {} : shapesOf(printed)
}

function batchOfRun(
  run: TrtexecRun,
  inference: Record<string, string> | undefined,
  shapes: Readonly<Record<string, readonly number[]>>,
): TrtexecRun['batch'] {
  const implicit = /^\d{1,9}$/.exec(inference?.Batch ?? flagOf(run.commandLine, 'batch') ?? '')?.[0]
  if (implicit !== undefined && Number(implicit) > 0) return { size: Number(implicit), implicit: true }
  const size = batchOf(shapes)
  return size === undefined ? undefined : { size, implicit: false }
}

function deviceOf(section: Readonly<Record<string, string>>): TrtexecDevice {
  const number = (key: string) => printedNumber(/^\S+/.exec(section[key] ?? '')?.[0])
  const device: TrtexecDevice = {}
  put(device, 'name', section['Selected Device'])
  put(device, 'id', number('Selected Device ID'))
  put(device, 'uuid', section['Selected Device UUID'])
  put(device, 'computeCapability', section['Compute Capability'])
  put(device, 'multiprocessors', number('SMs'))
  put(device, 'memoryMiB', number('Device Global Memory'))
  put(device, 'computeClockGHz', number('Application Compute Clock Rate') ?? number('Compute Clock Rate'))
  put(device, 'memoryClockGHz', number('Application Memory Clock Rate') ?? number('Memory Clock Rate'))
  return device
}

function measuredHow(run: TrtexecRun, inference: Record<string, string> | undefined): MeasuredHow {
  const value = (key: string) => inference?.[key]
  const isOn = (key: string) => {
    const word = value(key)
    return word === 'Enabled' ? true : word === 'Disabled' ? false : undefined
  }
  const [, durationSec, warmUpMs] = /^([\d.e+-]+)s \(\+ ([\d.e+-]+)ms warm up\)$/.exec(value('Duration') ?? '') ?? []
  const major = tensorRtVersion(run.version)?.major
  const how: MeasuredHow = {}
  // 7.x has no such option: it always copies.
  put(how, 'dataTransfers', isOn('Data transfers') ?? (value('Spin-wait') === undefined ? undefined : true))
  put(how, 'spinWait', isOn('Spin-wait'))
  put(how, 'cudaGraph', isOn('CUDA Graph'))
  put(how, 'streams', printedNumber(value('Inference Streams') ?? value('Streams')))
  put(how, 'threads', isOn('Multithreading'))
  put(how, 'warmUpMs', printedNumber(warmUpMs))
  put(how, 'durationSec', printedNumber(durationSec))
  put(how, 'iterations', printedNumber(value('Iterations')))
  put(how, 'separateProfileRun', isOn('Separate profiling'))
  if (major !== undefined) how.defaults = major >= STRONGLY_TYPED_SINCE ? 'from-11' : 'up-to-10'
  return how
}

function put<T, K extends keyof T>(into: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) into[key] = value
}
