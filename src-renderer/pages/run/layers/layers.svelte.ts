import type { AttachmentOf } from '#domain/attachment.ts'
import type { LayerTable } from '#domain/layer.ts'
import { compareLayers, type LayerComparison } from '#domain/layer-compare.ts'
import type { LayerGrouping } from '#domain/layer-view.ts'
import type { RunSummary } from '#domain/run.ts'
import type { Engine as EngineClient } from '../../../engine.ts'

type Engine = Pick<EngineClient, 'runs'>

/** A table and where it is kept. `id` is unique in the session. */
export interface KeptLayers {
  id: string
  runId: string
  name: string
  table: LayerTable
}

/** Kinds of run that never have an engine. */
const WITHOUT_LAYERS: readonly string[] = ['sweep', 'search', 'capture']

/** The layer tables of a run, the one that is shown, and another of the session beside it. */
export class LayersView {
  readonly #engine: Engine
  readonly #id: { sessionId: string; runId: string }

  /** Undefined while they are read for the first time. */
  tables = $state.raw<readonly KeptLayers[]>()
  error = $state.raw<unknown>()
  wantedId = $state<string>()
  /** Whose point is looked at elsewhere on the page: its engine is shown unless another was chosen. */
  pointId = $state<string>()
  grouping = $state<LayerGrouping>('type')
  /** Only the layers of this group; '' stands for what the export does not tell. */
  group = $state<{ by: LayerGrouping; key: string }>()
  layerId = $state<string>()

  /** Tables of other runs; undefined until they were asked for. */
  #elsewhere = $state.raw<readonly (KeptLayers & { runTitle: string })[]>()
  searching = $state(false)
  othersError = $state.raw<unknown>()
  otherId = $state<string>()

  shown = $derived(
    this.tables?.find(({ id }) => id === this.wantedId) ??
      this.tables?.find(({ table }) => table.pointId !== undefined && table.pointId === this.pointId) ??
      this.tables?.[0],
  )
  others = $derived(
    [...(this.tables ?? []).map(kept => ({ ...kept, runTitle: 'this run' })), ...(this.#elsewhere ?? [])].filter(
      ({ id }) => id !== this.shown?.id,
    ),
  )
  other = $derived(this.others.find(({ id }) => id === this.otherId))
  /** The other engine beside the shown one, which is the base. */
  comparison = $derived(this.#compare())

  constructor(engine: Engine, id: { sessionId: string; runId: string }) {
    this.#engine = engine
    this.#id = id
  }

  async load(signal: AbortSignal): Promise<void> {
    this.error = undefined
    try {
      const tables = await this.#read(this.#id.runId, signal)
      if (!signal.aborted) this.tables = tables
    } catch (error) {
      if (!signal.aborted) this.error = error
    }
  }

  /** Looks for tables in the other runs of the session. @param runs all of them */
  async findOthers(runs: readonly RunSummary[], signal: AbortSignal): Promise<void> {
    this.searching = true
    this.othersError = undefined
    try {
      const found: (KeptLayers & { runTitle: string })[] = []
      for (const { id, title, kind } of runs) {
        if (id === this.#id.runId || WITHOUT_LAYERS.includes(kind)) continue
        for (const kept of await this.#read(id, signal)) found.push({ ...kept, runTitle: title })
      }
      if (!signal.aborted) this.#elsewhere = found
    } catch (error) {
      if (!signal.aborted) this.othersError = error
    } finally {
      if (!signal.aborted) this.searching = false
    }
  }

  showTable(id: string): void {
    this.wantedId = id
    this.layerId = undefined
    this.group = undefined
  }

  /** The same group again: all layers. */
  chooseGroup(key: string): void {
    const by = this.grouping
    this.group = this.group?.by === by && this.group.key === key ? undefined : { by, key }
  }

  chooseLayer(id: string): void {
    this.layerId = id
  }

  #compare(): LayerComparison | undefined {
    return this.shown === undefined || this.other === undefined
      ? undefined
      : compareLayers(this.shown.table, this.other.table)
  }

  async #read(runId: string, signal: AbortSignal): Promise<KeptLayers[]> {
    const { sessionId } = this.#id
    const kept = await this.#engine.runs.attachments({ sessionId, runId, kind: 'layers' }, { signal })
    // The engine checks what it keeps by the schema of its kind; the page has no schemas.
    return kept.map(({ name, data }) => ({
      id: `${runId}/${name}`,
      runId,
      name,
      table: data as AttachmentOf<'layers'>,
    }))
  }
}
