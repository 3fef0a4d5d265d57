import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'samples')

/** Recorded outputs of other programs, outside the repository; absent here: the tests that read them are skipped. */
export const withoutSamples = !existsSync(FOLDER)
if (withoutSamples) console.warn(`Skipped: no recorded samples in ${FOLDER}`)

/** @param path inside the samples folder, for example `triton/model_statistics_dynamic_batching.json` */
export function sampleBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FOLDER, path)))
}

export function sampleText(path: string): string {
  return new TextDecoder().decode(sampleBytes(path))
}
