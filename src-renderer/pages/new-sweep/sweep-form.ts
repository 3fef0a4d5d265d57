import type { Protocol, ServerModel, ServerTensor } from '#domain/server.ts'
import { SCENARIOS } from '#domain/sweep-defaults.ts'
import type { SharedMemory, SweepSpecInput } from '#domain/sweep-spec.ts'
import { type FieldName, MEASURE_FIELDS, readField } from './measure-fields.ts'
import { BATCHES, CONCURRENCIES, RATES, readNumbers } from './number-list.ts'

export type Scenario = 'offline' | 'online' | 'custom'
export type LoadKind = 'concurrency' | 'requestRate' | 'intervals'
export type DataKind = 'random' | 'zero' | 'file'

/** What the user typed, as text. The server and its connection are read apart. */
export interface SweepForm {
  model: string
  version: string
  protocols: readonly Protocol[]
  /** Where each protocol is spoken. */
  addresses: Readonly<Record<Protocol, string>>
  scenario: Scenario
  batches: string
  load: LoadKind
  concurrencies: string
  requestRates: string
  distribution: 'constant' | 'poisson'
  intervalsPath: string
  sharedMemory: readonly SharedMemory[]
  data: DataKind
  dataPath: string
  /** Sizes without the batch, by input. */
  shapes: Readonly<Record<string, string>>
  stringData: string
  mode: 'time_windows' | 'count_windows'
  numbers: Readonly<Partial<Record<FieldName, string>>>
  binarySearch: boolean
  streaming: boolean
  collectMetrics: boolean
}

export interface SweepReading {
  /** Without the connection, which the page adds. */
  spec: Omit<SweepSpecInput, 'connection'>
  /** By field; the first stands beside the Start button. */
  problems: Readonly<Record<string, string>>
}

const CUSTOM = { batches: '1', concurrencies: '1,2,4,8,16', sharedMemory: ['none'] } as const

/** What a scenario means, as texts of the fields. */
export function scenarioFields(scenario: Scenario): Pick<SweepForm, 'batches' | 'concurrencies' | 'sharedMemory'> {
  if (scenario === 'custom') return CUSTOM
  const { batches, concurrencies, sharedMemory } = SCENARIOS[scenario]
  return { batches: listText(batches), concurrencies: listText(concurrencies), sharedMemory: [sharedMemory] }
}

/** Even steps as a range, as people write them; else each value. */
export function listText(values: readonly number[]): string {
  const [first, second, last] = [values[0], values[1], values.at(-1)]
  const step = (second ?? 0) - (first ?? 0)
  const even = values.length > 3 && values.every((value, index) => value === (first ?? 0) + index * step)
  return even ? `${first}:${last}:${step}` : values.join(',')
}

export function newSweepForm(change: Partial<SweepForm> = {}): SweepForm {
  return {
    model: '',
    version: '',
    protocols: [],
    addresses: { http: '', grpc: '' },
    scenario: 'custom',
    ...scenarioFields('custom'),
    load: 'concurrency',
    requestRates: '100,200,400',
    distribution: 'constant',
    intervalsPath: '',
    data: 'random',
    dataPath: '',
    shapes: {},
    stringData: '',
    mode: 'time_windows',
    numbers: {},
    binarySearch: false,
    streaming: false,
    collectMetrics: true,
    ...change,
  }
}

/** Sizes of one item of an input: without the batch, which is in front where the model batches. */
export function itemShape({ shape }: ServerTensor, { maxBatchSize = 0 }: ServerModel): readonly number[] {
  return maxBatchSize > 0 ? shape.slice(1) : shape
}

/** Inputs whose sizes the model leaves open. */
export function freeInputs(model: ServerModel | undefined): ServerTensor[] {
  return model === undefined ? [] : model.inputs.filter(input => itemShape(input, model).includes(-1))
}

/** The spec that the form stands for, with only what was chosen: the rest keeps the engine's defaults. */
export function readForm(form: SweepForm, model: ServerModel | undefined): SweepReading {
  const problems: Record<string, string> = {}
  const urls = form.protocols.map(protocol => form.addresses[protocol].trim())
  if (urls.length === 0) problems.protocols = 'Choose a protocol'
  for (const protocol of form.protocols) {
    if (form.addresses[protocol].trim() === '') problems[protocol] = 'An address is needed'
  }
  const list = (name: string, text: string, kind: typeof BATCHES) => {
    const reading = readNumbers(text, kind)
    if ('values' in reading) return reading.values
    problems[name] = reading.problem
    return undefined
  }
  const batches = list('batches', form.batches, BATCHES)
  if (form.sharedMemory.length === 0) problems.sharedMemory = 'Choose at least one way for the tensors'
  if (form.data === 'file' && form.dataPath.trim() === '') problems.dataPath = 'Choose a file or folder'
  return {
    spec: {
      urls,
      model: form.model,
      ...(form.version === '' ? {} : { version: form.version }),
      scenario: form.scenario,
      ...unlessScenario(form.scenario, 'batches', batches),
      ...loadOf(form, list, problems),
      ...(sameAs(form.sharedMemory, scenarioFields(form.scenario).sharedMemory)
        ? {}
        : { sharedMemory: [...form.sharedMemory] }),
      ...(form.mode === 'time_windows' ? {} : { measurementMode: form.mode }),
      ...numbersOf(form, problems),
      inputData: form.data === 'file' ? form.dataPath.trim() : form.data,
      ...(form.stringData === '' ? {} : { stringData: form.stringData }),
      shapes: shapesOf(form, model, problems),
      ...(form.binarySearch ? { binarySearch: true } : {}),
      ...(form.streaming ? { streaming: true } : {}),
      ...(form.collectMetrics ? {} : { collectMetrics: false }),
    },
    problems,
  }
}

function sameAs(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join() === b.toSorted().join()
}

function unlessScenario(scenario: Scenario, name: 'batches' | 'concurrencies', values: number[] | undefined) {
  if (values === undefined) return {}
  const usual: readonly number[] = scenario === 'custom' ? [] : SCENARIOS[scenario][name]
  return usual.join() === values.join() ? {} : { [name]: values }
}

function loadOf(
  form: SweepForm,
  list: (name: string, text: string, kind: typeof BATCHES) => number[] | undefined,
  problems: Record<string, string>,
): Partial<SweepSpecInput> {
  switch (form.load) {
    case 'concurrency':
      return unlessScenario(form.scenario, 'concurrencies', list('concurrencies', form.concurrencies, CONCURRENCIES))
    case 'requestRate': {
      const requestRates = list('requestRates', form.requestRates, RATES)
      return { ...(requestRates === undefined ? {} : { requestRates }), requestDistribution: form.distribution }
    }
    case 'intervals':
      if (form.intervalsPath.trim() === '') problems.intervalsPath = 'Choose a file of intervals'
      return { requestIntervalsPath: form.intervalsPath.trim() }
  }
}

function numbersOf(form: SweepForm, problems: Record<string, string>): Partial<Record<FieldName, number>> {
  const numbers: Partial<Record<FieldName, number>> = {}
  for (const field of MEASURE_FIELDS) {
    const value = readField(form.numbers[field.name] ?? '', field)
    if (typeof value === 'string') problems[field.name] = value
    else if (value !== undefined) numbers[field.name] = value
  }
  return numbers
}

function shapesOf(
  form: SweepForm,
  model: ServerModel | undefined,
  problems: Record<string, string>,
): Record<string, number[]> {
  const shapes: Record<string, number[]> = {}
  if (model === undefined) return shapes
  for (const input of freeInputs(model)) {
    const wanted = itemShape(input, model)
    const text = form.shapes[input.name] ?? ''
    const sizes = text
      .split(/[\s,×x]+/)
      .filter(Boolean)
      .map(Number)
    const fits =
      sizes.length === wanted.length &&
      sizes.every((size, axis) => Number.isInteger(size) && size >= 0 && [-1, size].includes(wanted[axis] ?? -1))
    if (fits) shapes[input.name] = sizes
    else problems[`shape ${input.name}`] = shapeProblem(input.name, text, wanted)
  }
  return shapes
}

function shapeProblem(name: string, text: string, wanted: readonly number[]): string {
  const pattern = wanted.map(size => (size === -1 ? '?' : size)).join(',')
  return text.trim() === ''
    ? `${name} needs sizes for ${pattern}`
    : `${name} takes ${wanted.length} ${wanted.length === 1 ? 'size' : 'sizes'}: ${pattern}`
}
