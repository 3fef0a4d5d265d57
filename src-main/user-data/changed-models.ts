import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from './json-file.ts'

const ChangedModel = z.object({
  /** Address of the server, without credentials. */
  url: z.string(),
  model: z.string(),
  /** As the server told it before the first change. */
  config: z.record(z.string(), z.unknown()),
  /** The process that changes it. */
  pid: z.int().positive(),
  since: z.string(),
})
export type ChangedModel = z.infer<typeof ChangedModel>

/**
 * `changed-models/` of the data folder: a file per model whose configuration on a server is changed for a while. The
 * file goes when the model has its own back; one whose process is gone tells what a killed search left behind.
 */
export class ChangedModels {
  readonly #folder: string

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'changed-models')
  }

  /** On the disk when it returns: to be called before the first change. @throws EngineError FILE_UNWRITABLE, DISK_FULL */
  keep({ url, model, config }: Pick<ChangedModel, 'url' | 'model' | 'config'>): void {
    const entry: ChangedModel = { url, model, config, pid: process.pid, since: new Date().toISOString() }
    writeJson(this.#path(url, model), entry)
  }

  forget(url: string, model: string): void {
    rmSync(this.#path(url, model), { force: true })
  }

  /** What is kept of this model, and whether another process is changing it now. */
  find(url: string, model: string): { entry: ChangedModel; busy: boolean } | undefined {
    const entry = this.#read(this.#path(url, model))
    return entry === undefined ? undefined : { entry, busy: entry.pid !== process.pid && isAlive(entry.pid) }
  }

  /** What killed searches left, in words. */
  notices(): string[] {
    return this.#files().flatMap(path => {
      const entry = this.#read(path)
      if (entry === undefined || isAlive(entry.pid)) return []
      return [leftText(entry)]
    })
  }

  #files(): string[] {
    try {
      return readdirSync(this.#folder).map(name => join(this.#folder, name))
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
      throw thrown
    }
  }

  #read(path: string): ChangedModel | undefined {
    const read = readJson(path)
    if (read === undefined || 'broken' in read) return undefined
    return ChangedModel.safeParse(read.value).data
  }

  #path(url: string, model: string): string {
    const name = createHash('sha256').update(`${url}\n${model}`).digest('hex').slice(0, 16)
    return join(this.#folder, `${name}.json`)
  }
}

function leftText({ url, model, since }: ChangedModel): string {
  return (
    `A search of ${model} on ${url} of ${since} was killed: the model may still have a configuration that was tried. ` +
    `Search it again, or: batchscope server ${url} --unload ${model}, then --load ${model}`
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
