/** First version whose engines take their precision from the model alone. */
const STRONGLY_TYPED_FROM = 11

/** What a version of TensorRT means for a build, in a sentence. */
export function dialectText(version: string | undefined): string {
  const major = Number(/^\d+/.exec(version ?? '')?.[0] ?? Number.NaN)
  if (Number.isNaN(major)) return 'What it can do is read from its own help.'
  return major >= STRONGLY_TYPED_FROM
    ? 'From 11 on the precision is what the model holds: FP16 or INT8 need a converted model. It measures the GPU alone.'
    : 'Up to 10 the precision is asked for by flags. It measures with copies of inputs and outputs unless told otherwise.'
}
