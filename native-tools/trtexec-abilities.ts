/**
 * What one trtexec can do. Up to 10 precision is a flag and a measurement copies inputs and outputs by default; from 11
 * on precision is the model's own and a measurement is of the GPU alone by default.
 */
export interface TrtexecAbilities {
  /** "10.16.1", "7 or older"; absent: it does not say. */
  version?: string
  /** Accepted options with their dashes: '--onnx'. */
  flags: ReadonlySet<string>
  dialect: '≤10' | '≥11'
}
