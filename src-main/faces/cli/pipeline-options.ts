import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { InputData } from '#domain/bench-spec.ts'
import type { PipelineSpecInput } from '#domain/pipeline-spec.ts'
import { addRunOptions, type RunOptions } from './common.ts'
import { collectAxis, collectData, collectShape, parseInteger, parseNumber, parseNumbers } from './values.ts'

export interface InputOptions extends RunOptions {
  batch?: number
  shape?: Record<string, number[]>
  batchAxis?: Record<string, number>
  data?: Record<string, InputData>
  imageFit?: 'stretch' | 'cover' | 'contain'
  imageLayout?: 'auto' | 'NCHW' | 'NHWC'
  imageColours?: 'auto' | 'rgb' | 'bgr' | 'grey'
  imageScale?: number
  imageMean?: number[]
  imageStd?: number[]
  python?: string
  folder?: string
  resume?: boolean
}

export interface SourceOptions {
  entry?: string
  entryFolder?: string
  torchscript?: string
  torchvision?: string
  torchShape?: number[][]
  torchDtype?: string
}

export interface ConvertOptions {
  halfIo?: boolean
  keepOp?: string[]
  calibrate?: boolean
}

export interface ToleranceOptions {
  atol?: number
  rtol?: number
  bisect?: boolean
}

/** What is fed where models are compared or calibrated, and where things go. */
export function addInputOptions(command: Command): Command {
  command
    .option('--batch <n>', 'items fed at once (default: 1)', parseInteger)
    .option('--shape <input:dims>', 'shape of one item without the batch, repeatable: x:3,48,160', collectShape)
    .option('--batch-axis <input:axis>', 'which dimension is the batch, repeatable; -1: none', collectAxis)
    .option(
      '--data <[input:]source>',
      'random[:seed] | zeros | file:PATH (.npy, .npz, .bin, .json, a picture or a folder of pictures), repeatable',
      collectData,
    )
    .addOption(new Option('--image-fit <how>', 'of pictures').choices(['stretch', 'cover', 'contain']))
    .addOption(new Option('--image-layout <order>', 'of pictures').choices(['auto', 'NCHW', 'NHWC']))
    .addOption(new Option('--image-colours <order>', 'of pictures').choices(['auto', 'rgb', 'bgr', 'grey']))
    .option('--image-scale <factor>', 'value = (pixel · scale − mean) ÷ std (default: 1/255)', parseNumber)
    .option('--image-mean <list>', 'one for all channels, or one each', parseNumbers)
    .option('--image-std <list>', 'one for all channels, or one each', parseNumbers)
    .option('--python <path>', 'interpreter, or folder of an environment, for steps in Python')
    .option('--folder <path>', 'where files go (default: beside the session)')
    .option('--resume', 'keep files that the same step made of the same model before')
  return addRunOptions(command)
}

export function addSourceOptions(command: Command): Command {
  return command
    .option('--entry <module:name>', 'a torch module: the module itself, its class, or a function that makes one')
    .option('--entry-folder <path>', 'where the package of the entry lies (default: here)')
    .option('--torchscript <file>', 'a file saved with torch.jit.save')
    .option('--torchvision <name>', 'a torchvision model, with random weights')
    .option(
      '--torch-shape <dims>',
      "shape of a torch module's input with the batch, one per input: 1,3,224,224",
      collectDims,
    )
    .option('--torch-dtype <name>', 'of its inputs (default: float32)')
}

export function addConvertOptions(command: Command): Command {
  return command
    .option('--half-io', 'inputs and outputs change their type too')
    .option('--keep-op <type>', 'an operator type left in its precision, repeatable', collectWord)
    .option('--calibrate', 'INT8: scale activations by what --data shows (static)')
}

export function addToleranceOptions(command: Command): Command {
  return command
    .option(
      '--atol <value>',
      "absolute tolerance (default: rtol × the root mean square of the base's output)",
      parseNumber,
    )
    .option('--rtol <value>', "relative tolerance (default: by the candidate's precision)", parseNumber)
    .option('--bisect', 'look for the first node that drifts')
}

/** Inputs and places of a spec. */
export function commonSpec(options: InputOptions): Omit<PipelineSpecInput, 'source' | 'steps'> {
  const image = defined({
    fit: options.imageFit,
    layout: options.imageLayout,
    colours: options.imageColours,
    scale: options.imageScale,
    mean: options.imageMean,
    std: options.imageStd,
  })
  return {
    inputs: {
      ...defined({
        batch: options.batch,
        shapes: options.shape,
        batchAxes: options.batchAxis,
        data: absolute(options.data),
      }),
      image,
    },
    ...defined({ python: options.python, folder: options.folder, resume: options.resume, title: options.title }),
  }
}

function absolute(data: Record<string, InputData> | undefined): Record<string, InputData> | undefined {
  if (data === undefined) return undefined
  const whole = (item: InputData): InputData => (item.source === 'file' ? { ...item, path: resolve(item.path) } : item)
  return Object.fromEntries(Object.entries(data).map(([name, item]) => [name, whole(item)]))
}

/** The source by option, or the ONNX file that is named; undefined: neither. */
export function sourceSpec(
  file: string | undefined,
  options: SourceOptions,
): Pick<PipelineSpecInput, 'source' | 'torchShapes' | 'torchDtype'> | undefined {
  const torch = defined({ torchShapes: options.torchShape, torchDtype: options.torchDtype })
  const { entry, entryFolder, torchscript, torchvision } = options
  if (entry !== undefined) return { source: { kind: 'entry', entry, ...defined({ folder: entryFolder }) }, ...torch }
  if (torchscript !== undefined) return { source: { kind: 'torchscript', path: resolve(torchscript) }, ...torch }
  if (torchvision !== undefined) return { source: { kind: 'torchvision', model: torchvision }, ...torch }
  return file === undefined ? undefined : { source: { kind: 'onnx', path: resolve(file) }, ...torch }
}

function collectDims(text: string, before: number[][] = []): number[][] {
  return [...before, parseNumbers(text)]
}

function collectWord(text: string, before: string[] = []): string[] {
  return [...before, text]
}

/** Without what was not given: absent stays absent. */
export function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
