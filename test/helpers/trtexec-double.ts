import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Scenario } from '../doubles/trtexec/scenario.ts'
import { tempFolder } from './temp-folder.ts'

const MAIN = join(import.meta.dirname, '..', 'doubles', 'trtexec', 'main.ts')

/** A trtexec of its own that plays a scenario; nothing of the environment changes it. @returns its path */
export function trtexecDouble(scenario: Scenario = {}, folder = tempFolder()): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'trtexec')
  const call = `main(process.argv.slice(2), ${JSON.stringify(scenario)})`
  writeFileSync(
    path,
    `#!${process.execPath}\nimport(${JSON.stringify(pathToFileURL(MAIN).href)}).then(m => m.${call})\n`,
  )
  chmodSync(path, 0o755)
  return path
}
