/** Flags that trtexec had once, and what to write instead. Source: sampleOptions.cpp, 7.0 to 11.1. */
const REMOVED: Readonly<Record<string, string>> = {
  workspace: 'Write --memPoolSize=workspace:NM instead (since 8.4).',
  buildOnly: 'Write --skipInference instead (since 8.6).',
  explicitBatch: 'Leave it out: every batch is explicit since TensorRT 9.',
  batch: 'Implicit batches are gone since TensorRT 9: give the batch in --shapes=INPUT:Nx….',
  maxBatch: 'Implicit batches are gone since TensorRT 9: give the batch in --maxShapes=INPUT:Nx….',
  uff: 'UFF models are gone since TensorRT 9: convert the model to ONNX.',
  uffInput: 'UFF models are gone since TensorRT 9: convert the model to ONNX.',
  deploy: 'Caffe models are gone since TensorRT 9: convert the model to ONNX.',
  model: 'Caffe models are gone since TensorRT 9: convert the model to ONNX and give it with --onnx.',
  output: 'It belonged to Caffe and UFF models: an ONNX model names its outputs itself.',
  fp16: 'TensorRT 11 takes the precision from the model: convert it to FP16 first (ModelOpt AutoCast), then build without the flag.',
  bf16: 'TensorRT 11 takes the precision from the model: convert it to BF16 first (ModelOpt AutoCast), then build without the flag.',
  int8: 'TensorRT 11 takes the precision from the model: quantize it first (Q/DQ nodes, ModelOpt), then build without the flag.',
  fp8: 'TensorRT 11 takes the precision from the model: quantize it first (Q/DQ nodes, ModelOpt), then build without the flag.',
  int4: 'TensorRT 11 takes the precision from the model: quantize it first (Q/DQ nodes, ModelOpt), then build without the flag.',
  best: 'TensorRT 11 takes the precision from the model: convert or quantize it first, then build without the flag.',
  precisionConstraints: 'TensorRT 11 takes the precision of each layer from the model: cast it there.',
  layerPrecisions: 'TensorRT 11 takes the precision of each layer from the model: cast it there.',
  layerOutputTypes: 'TensorRT 11 takes the precision of each layer from the model: cast it there.',
  calib: 'Calibration is gone since TensorRT 11: quantize the model with Q/DQ nodes.',
  calibProfile: 'Calibration is gone since TensorRT 11: quantize the model with Q/DQ nodes.',
  minTiming: 'Leave it out: gone since TensorRT 9. --avgTiming is still there.',
  heuristic: 'Leave it out: gone since TensorRT 10. --builderOptimizationLevel=0…5 takes its place.',
  nvtxMode: 'Write --profilingVerbosity=layer_names_only|detailed|none instead (since 8.2).',
  weightless: 'Write --stripWeights instead (since 10.0).',
  version: 'trtexec has no such flag: its first line says the version, as does --help.',
}

/** @param flag without dashes   @returns what to do instead, for a flag that an other version had */
export function replacementOf(flag: string): string | undefined {
  return Object.hasOwn(REMOVED, flag) ? REMOVED[flag] : undefined
}
