import type { BuildPrecision, BuildSpec } from '#domain/build-spec.ts'
import type { Model } from '#domain/model.ts'
import { modelPrecision } from '#domain/model-precision.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { ArgumentList } from './trtexec-arguments.ts'

type Asked = Pick<BuildSpec, 'precision' | 'calibrationCache'>

/** What an engine computes in: options up to TensorRT 10, from 11 on what the model itself holds. */
export function addPrecision(list: ArgumentList, spec: Asked, model: Model): void {
  if (list.abilities.dialect === '≥11') addHeldPrecision(list, spec, model)
  else {
    addPrecisionOption(list, spec, model)
    checkHeldPrecision(list, spec, model)
  }
  addCalibration(list, spec, model)
}

/** TF32 is on by default in both dialects wherever the GPU has it. */
function addFullFp32(list: ArgumentList): void {
  list.need('--noTF32', undefined, {
    why: `${list.title} cannot be kept from TF32`,
    hint: 'Use --precision tf32, or TensorRT 7.2 or newer.',
    where: '--precision fp32',
  })
}

function addPrecisionOption(list: ArgumentList, { precision }: Asked, model: Model): void {
  switch (precision) {
    case 'tf32':
      return
    case 'fp32':
      addFullFp32(list)
      return
    case 'model':
      addStrongTypes(list, model)
      return
    default:
      list.need(`--${precision}`, undefined, {
        why: `${list.title} builds no engine in ${precision}`,
        hint: `It can: ${offered(list).join(', ')}.`,
        where: `--precision ${precision}`,
      })
  }
}

/** Before 9 nothing keeps a network in the model's own types; where these are FP32 alone, the default does. */
function addStrongTypes(list: ArgumentList, model: Model): void {
  if (list.has('--stronglyTyped')) {
    list.set('--stronglyTyped')
    return
  }
  if (modelPrecision(model) === 'fp32' && !isQuantized(model)) {
    list.notice(`${list.title} has no --stronglyTyped; the model holds FP32, which is built as TF32.`)
    return
  }
  list.refuse({
    why: `${list.title} cannot take the precision from the model`,
    hint: `Ask for one: --precision ${offered(list).join(' | ')}; or use TensorRT 9 or newer.`,
    where: '--precision model',
  })
}

/**
 * Weak types: Q/DQ nodes are built with INT8 on or not at all ("Int8 precision has been set for a layer or layer output,
 * but int8 is not configured in the builder", NVIDIA/TensorRT issue 4021).
 */
function checkHeldPrecision(list: ArgumentList, { precision }: Asked, model: Model): void {
  if (precision === 'model' || precision === 'best') return
  const held = heldPrecision(model)
  const isFloat = precision !== 'int8' && precision !== 'fp8'
  if (isQuantized(model) && isFloat) {
    const ways = [`--precision ${held}`, 'best', ...(list.has('--stronglyTyped') ? ['model'] : [])]
    list.refuse({
      why: `${model.name} holds Q/DQ nodes: ${list.title} does not build it in ${precision} alone`,
      hint: `Use ${ways.join(' or ')}, or the model as it was before it was quantized.`,
      where: `--precision ${precision}`,
    })
  } else if ((held === 'fp16' || held === 'bf16') && (precision === 'fp32' || precision === 'tf32')) {
    list.notice(`${model.name} holds ${held}: its weights stay rounded to that, whatever the engine computes in.`)
  }
}

function offered(list: ArgumentList): string[] {
  const others = ['fp16', 'bf16', 'fp8', 'int8', 'best'].filter(name => list.has(`--${name}`))
  return ['fp32', 'tf32', ...others]
}

/** How a model of another precision is made into one that holds it. */
const CONVERSIONS: Partial<Record<BuildPrecision, (model: Model) => string>> = {
  fp16: model => `Convert the model first: \`batchscope convert ${model.name} --to fp16\`.`,
  int8: model => `Convert the model first: \`batchscope convert ${model.name} --to int8\`.`,
  bf16: () => "Convert the model first, for example with NVIDIA ModelOpt's AutoCast.",
  fp8: () => 'Quantize the model first, for example with NVIDIA ModelOpt.',
}

/** Strongly typed: the engine computes in the model's types, so that what is asked must be what it holds. */
function addHeldPrecision(list: ArgumentList, { precision }: Asked, model: Model): void {
  if (precision === 'model') return
  const held = heldPrecision(model)
  const wanted = precision === 'tf32' ? 'fp32' : precision
  if (precision === 'best') {
    list.refuse({
      why: `${list.title} does not choose among precisions: it computes in the model's own types`,
      hint: 'Use --precision model, or convert the model: batchscope convert --help.',
      where: '--precision best',
    })
    return
  }
  if (held === wanted || (wanted === 'fp32' && held === UNKNOWN)) {
    if (precision === 'fp32') addFullFp32(list)
    return
  }
  const convert = CONVERSIONS[precision]?.(model) ?? `Build from the model as it was before it became ${held}.`
  list.refuse({
    why: `${list.title} computes in the model's own types, and ${model.name} holds ${held}, not ${wanted}`,
    hint: `${convert} Or build it as it is: --precision model.`,
    where: `--precision ${precision}`,
  })
}

/** Q/DQ nodes tell an 8-bit model better than its weights, which often stay in FP32 before them. */
export function heldPrecision(model: Model): string {
  if (!isQuantized(model)) return modelPrecision(model)
  return model.weights.some(({ dtype }) => dtype.startsWith('float8')) ? 'fp8' : 'int8'
}

function isQuantized({ operators }: Pick<Model, 'operators'>): boolean {
  return operators.some(
    ({ type }) => /^(Dynamic)?(De)?QuantizeLinear$/i.test(type) || /^TRT_.*QuantizeLinear$/.test(type),
  )
}

/** The scales of an INT8 engine come from the model's Q/DQ nodes or a calibration; without either trtexec makes them up. */
function addCalibration(list: ArgumentList, { precision, calibrationCache }: Asked, model: Model): void {
  const isInt8 = precision === 'int8' || precision === 'best'
  const where = '--calibration-cache'
  if (calibrationCache !== undefined && isInt8) {
    list.need('--calib', calibrationCache, {
      why: `${list.title} reads no calibration cache`,
      hint: 'From TensorRT 11 on scales come from Q/DQ nodes alone: leave the calibration cache out.',
      where,
    })
  } else if (calibrationCache !== undefined) {
    list.refuse({
      why: `A calibration cache is for INT8, not for ${precision}`,
      hint: 'Add --precision int8, or leave the calibration cache out.',
      where,
    })
  } else if (isInt8 && list.abilities.dialect === '≤10' && !isQuantized(model)) {
    list.notice(
      'INT8 without calibration: trtexec makes up the scales. The times are real, the answers of the engine are not.',
    )
  }
}
