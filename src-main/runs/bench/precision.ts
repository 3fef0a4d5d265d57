export { modelPrecision } from '#domain/model-precision.ts'
