import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { Settings, type SettingsPatch } from '#domain/settings.ts'
import { readJson, setAside, writeJson } from './json-file.ts'

/** Keys of a newer version are kept when this one writes. */
const StoredSettings = Settings.loose()

/** `settings.json` of the data folder. Read at each use: another window or a person may have changed it. */
export class SettingsFile {
  readonly #path: string

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, 'settings.json')
  }

  /** Defaults where there is no file. A file that does not fit is set aside beside it and the defaults hold. */
  get(): Settings {
    return Settings.parse(this.#stored())
  }

  /** Changes the fields given, keeps the rest. @throws EngineError FILE_UNWRITABLE */
  set(patch: SettingsPatch): Settings {
    const given = Object.entries(patch).filter(([, value]) => value !== undefined)
    const { sessionFolder, ...next } = StoredSettings.parse({ ...this.#stored(), ...Object.fromEntries(given) })
    writeJson(this.#path, sessionFolder ? { ...next, sessionFolder } : next)
    return this.get()
  }

  #stored(): z.infer<typeof StoredSettings> {
    const parsed = StoredSettings.safeParse(readJson(this.#path) ?? {})
    if (parsed.success) return parsed.data
    if (existsSync(this.#path)) setAside(this.#path)
    return StoredSettings.parse({})
  }
}
