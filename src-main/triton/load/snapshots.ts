import type { ModelStatistics } from '#domain/server.ts'

/** Statistics asked for while a load runs. One that fails leaves its window without statistics and is said once. */
export interface Snapshots {
  /** Asks now; the answer belongs to this moment. Never rejects: [] where the server did not tell. */
  take(): Promise<ModelStatistics[]>
}

/**
 * @param ask the probe; absent: nothing is asked for
 * @param tell a line for the log, once per reason
 */
export function createSnapshots(
  ask: (() => Promise<ModelStatistics[]>) | undefined,
  tell: (text: string) => void,
): Snapshots {
  const said = new Set<string>()
  const say = (text: string) => {
    if (!said.has(text)) tell(text)
    said.add(text)
  }
  let before = new Map<string, ModelStatistics>()
  return {
    async take() {
      if (ask === undefined) return []
      try {
        const all = await ask()
        const now = new Map(all.map(model => [`${model.name}/${model.version}`, model]))
        for (const [id, model] of now) {
          const last = before.get(id)
          if (last !== undefined && model.success.count < last.success.count) {
            say(`${model.name} was reloaded while it was measured: no server parts for that window.`)
          }
        }
        before = now
        return all
      } catch (thrown) {
        say(`No server statistics: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
        return []
      }
    },
  }
}
