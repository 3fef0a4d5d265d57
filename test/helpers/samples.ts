import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const SAMPLES_FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'samples')

/** Recorded outputs of other programs, outside the repository; absent here: the tests that read them are skipped. */
export const withoutSamples = !existsSync(SAMPLES_FOLDER)
if (withoutSamples) console.warn(`Skipped: no recorded samples in ${SAMPLES_FOLDER}`)

/** @param path inside the samples folder, for example `triton/model_statistics_dynamic_batching.json` */
export function sampleBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(SAMPLES_FOLDER, path)))
}

export function sampleText(path: string): string {
  return new TextDecoder().decode(sampleBytes(path))
}
