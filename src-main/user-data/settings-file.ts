import { basename, join } from 'node:path'
import { z } from 'zod'
import { Settings, type SettingsPatch } from '#domain/settings.ts'
import { readJson, setAside, writeJson } from './json-file.ts'

/** `settings.json` of the data folder. Read at each use: another window or a person may have changed it. */
export class SettingsFile {
  readonly #path: string
  readonly #notices = new Set<string>()

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, 'settings.json')
  }

  /** Defaults where there is no file, and for what does not fit. */
  get(): Settings {
    return Settings.parse(this.#stored())
  }

  /** Changes the fields given, keeps the rest, keys of a newer version too. @throws EngineError FILE_UNWRITABLE, DISK_FULL */
  set(patch: SettingsPatch): Settings {
    const given = Object.entries(patch).filter(([, value]) => value !== undefined)
    const { sessionFolder, ...next } = { ...this.#stored(), ...Object.fromEntries(given) }
    writeJson(this.#path, sessionFolder ? { ...next, sessionFolder } : next)
    return this.get()
  }

  /** What could not be read since this object was made, a sentence each: to be shown, for the user's settings are at stake. */
  notices(): string[] {
    return [...this.#notices]
  }

  /** Known settings that fit, and unknown ones as they are. What does not fit is kept in a file set aside. */
  #stored(): Record<string, unknown> {
    const file = readJson(this.#path)
    if (file === undefined) return {}
    const content = 'value' in file ? z.record(z.string(), z.unknown()).safeParse(file.value).data : undefined
    if (content === undefined) {
      this.#setAside('broken' in file ? file.broken : 'not a JSON object')
      return {}
    }
    const { fitting, unfit } = sorted(content)
    if (unfit.length > 0 && this.#setAside(`no valid value for ${unfit.join(', ')}`)) writeJson(this.#path, fitting)
    return fitting
  }

  #setAside(why: string): boolean {
    const aside = setAside(this.#path)
    const kept = aside === undefined ? '' : ` It was kept as ${aside}.`
    this.#notices.add(`${basename(this.#path)} could not be read whole (${why}); defaults are used.${kept}`)
    return aside !== undefined
  }
}

/** One setting with a typo must not cost the others. */
function sorted(content: Record<string, unknown>): { fitting: Record<string, unknown>; unfit: string[] } {
  const known = Object.entries(Settings.shape).filter(([key]) => key in content)
  const unfit = known.filter(([key, schema]) => !schema.safeParse(content[key]).success).map(([key]) => key)
  return { fitting: Object.fromEntries(Object.entries(content).filter(([key]) => !unfit.includes(key))), unfit }
}
