import { formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import type { Datatype, ImagePreparation } from '#domain/server.ts'
import { encodeValues } from './datatypes.ts'

/** Formats decoded, by their first bytes. SVG and PDF are programs more than pictures and are not let in. */
const SIGNATURES: readonly (readonly [string, RegExp])[] = [
  ['PNG', /^\x89PNG\r\n/],
  ['JPEG', /^\xff\xd8\xff/],
  ['WebP', /^RIFF[\s\S]{4}WEBP/],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['AVIF', /^[\s\S]{4}ftyp(avif|avis|heic|heix|mif1)/],
]
/** A small file may unpack to gigabytes: 100 million pixels are a large photograph. */
const MAX_PIXELS = 100e6
const FITS = { stretch: 'fill', cover: 'cover', contain: 'contain' } as const
const WHOLE = /^U?INT/
const DEFAULT_SCALE = 1 / 255

/** Which picture format these first bytes begin; undefined: none we read. */
export function pictureFormat(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 16)).toString('latin1')
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0]
}

/** What an input takes: one item's shape, −1 where free. */
export interface PictureInput {
  name: string
  datatype: Datatype
  itemShape: readonly number[]
}

/** One picture as one item; `facts` tell every step. */
export interface PreparedPicture {
  data: Uint8Array
  itemShape: number[]
  facts: Facts
  /** The steps with every choice made, for the equal Python lines. */
  steps: PictureSteps
}

export interface PictureSteps {
  width: number
  height: number
  fit: ImagePreparation['fit']
  isChannelsFirst: boolean
  /** Shape of one item, whatever its channels are called. */
  itemShape: number[]
  colours: 'rgb' | 'bgr' | 'grey'
  scale: number
  mean: number[]
  std: number[]
}

/**
 * A picture as a tensor: turned upright, transparency dropped, 8-bit sRGB or grey, resized (Lanczos), then per channel
 * (pixel · scale − mean) ÷ std; for whole-number inputs pixels stay 0..255 unless a scale is given, rounded and clipped.
 * @throws EngineError DATA_INVALID for what is no picture or a broken one, SHAPE_MISMATCH where the input takes none
 */
export async function preparePicture(
  file: Uint8Array,
  input: PictureInput,
  preparation: ImagePreparation,
  where: string,
): Promise<PreparedPicture> {
  const format = pictureFormat(file)
  if (format === undefined) {
    const hint = 'Pictures are PNG, JPEG, WebP, GIF, TIFF or AVIF.'
    throw new EngineError('DATA_INVALID', 'This is not a picture', { where, hint })
  }
  const place = placeOf(input, preparation, where)
  const { pixels, steps, original } = await decode(file, place, input, preparation, where)
  const limits = RANGES[input.datatype]
  const values = normalised(pixels, steps, limits)
  return {
    data: encodeValues(input.datatype, values, input.name),
    itemShape: steps.itemShape,
    steps,
    facts: {
      picture: `${format}, ${original.width} × ${original.height}`,
      resizedTo: `${steps.width} × ${steps.height}, ${steps.fit}, Lanczos`,
      layout: steps.isChannelsFirst ? 'NCHW' : 'NHWC',
      colours: steps.colours,
      value: `(pixel · ${steps.scale} − mean) ÷ std${limits === undefined ? '' : ', rounded and clipped'}`,
      mean: steps.mean,
      std: steps.std,
    },
  }
}

/** Where channels, height and width lie in the item; a size is −1 where the model leaves it free. */
interface Place {
  isChannelsFirst: boolean
  channels: number
  height: number
  width: number
  hasChannelAxis: boolean
}

function placeOf({ name, itemShape }: PictureInput, { layout }: ImagePreparation, where: string): Place {
  const [a = -1, b = -1, c = -1] = itemShape
  if (itemShape.length === 2) {
    return { isChannelsFirst: true, channels: 1, height: a, width: b, hasChannelAxis: false }
  }
  const isColour = (size: number) => size === 1 || size === 3
  // Both ends may be taken for channels: then the usual order of trained models is assumed, and said in the facts.
  const isChannelsFirst = layout === 'auto' ? isColour(a) || !isColour(c) : layout === 'NCHW'
  const channels = isChannelsFirst ? a : c
  if (itemShape.length !== 3 || (channels !== -1 && !isColour(channels))) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `Input ${name} takes ${formatShape(itemShape.map(String))} an item: no picture has that shape`,
      { where, hint: 'A picture fills [3, H, W], [H, W, 3], one channel, or [H, W].' },
    )
  }
  const [height, width] = isChannelsFirst ? [b, c] : [a, b]
  return { isChannelsFirst, channels, height, width, hasChannelAxis: true }
}

async function decode(
  file: Uint8Array,
  place: Place,
  { datatype, name }: PictureInput,
  preparation: ImagePreparation,
  where: string,
): Promise<{ pixels: Uint8Array; steps: PictureSteps; original: { width: number; height: number } }> {
  const { default: sharp } = await import('sharp')
  const wants = preparation.colours
  const channels = place.channels === -1 ? (wants === 'grey' ? 1 : 3) : place.channels
  if ((channels === 1) !== (wants === 'grey') && wants !== 'auto') {
    throw new EngineError('SHAPE_MISMATCH', `Input ${name} has ${channels} channels: ${wants} does not fit`, { where })
  }
  try {
    const picture = sharp(file, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).autoOrient()
    const { autoOrient: original } = await picture.metadata()
    const width = preparation.width ?? (place.width === -1 ? original.width : place.width)
    const height = preparation.height ?? (place.height === -1 ? original.height : place.height)
    const drawn = picture
      .removeAlpha()
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .resize(width, height, { fit: FITS[preparation.fit], background: '#000000' })
    const { data: pixels, info } = await drawn.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    if (info.channels !== channels) throw new Error(`decoded to ${info.channels} channels, not ${channels}`)
    const colours = channels === 1 ? 'grey' : wants === 'bgr' ? 'bgr' : 'rgb'
    const sizes = place.isChannelsFirst ? [channels, height, width] : [height, width, channels]
    const steps: PictureSteps = {
      width,
      height,
      fit: preparation.fit,
      isChannelsFirst: place.isChannelsFirst,
      itemShape: place.hasChannelAxis ? sizes : [height, width],
      colours,
      scale: WHOLE.test(datatype) && preparation.scale === DEFAULT_SCALE ? 1 : preparation.scale,
      mean: perChannel('mean', preparation.mean, channels, where),
      std: perChannel('std', preparation.std, channels, where),
    }
    return { pixels, steps, original: { width: original.width, height: original.height } }
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    const isLarge = /pixel limit/i.test(detail)
    throw new EngineError(
      'DATA_INVALID',
      isLarge ? `The picture has more than ${MAX_PIXELS / 1e6} million pixels` : 'The picture is damaged',
      { where, hint: isLarge ? 'Make it smaller first.' : 'Open it in a picture viewer and save it again.', detail },
      { cause: thrown },
    )
  }
}

function perChannel(what: string, values: readonly number[], channels: number, where: string): number[] {
  const [only = 0] = values
  if (values.length === 1) return Array<number>(channels).fill(only)
  if (values.length === channels) return [...values]
  throw new EngineError('SHAPE_MISMATCH', `${values.length} values of ${what} for ${channels} channels`, {
    where,
    hint: 'Give one for all, or one a channel.',
  })
}

const RANGES: Partial<Record<Datatype, readonly [number, number]>> = {
  UINT8: [0, 255],
  INT8: [-128, 127],
  UINT16: [0, 65_535],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
  UINT32: [0, 4_294_967_295],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
}

/** Pixels come as rows of (r, g, b): put in the layout's order and scaled. */
function normalised(pixels: Uint8Array, steps: PictureSteps, limits: readonly [number, number] | undefined): number[] {
  const { width, height, isChannelsFirst, colours, scale, mean, std } = steps
  const channels = mean.length
  const area = width * height
  const values = new Array<number>(area * channels)
  for (let at = 0; at < area; at++) {
    for (let channel = 0; channel < channels; channel++) {
      const pixel = pixels[at * channels + (colours === 'bgr' ? channels - 1 - channel : channel)] ?? 0
      const value = (pixel * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1)
      const to = isChannelsFirst ? channel * area + at : at * channels + channel
      values[to] = limits === undefined ? value : Math.min(limits[1], Math.max(limits[0], Math.round(value)))
    }
  }
  return values
}
