import { EngineError } from '#domain/errors.ts'
import { packBlock } from '#domain/packed.ts'
import type { SliceDetail } from '#domain/trace.ts'
import { figuresOf } from '../traces/figures.ts'
import { idleGaps } from '../traces/idle-gaps.ts'
import { type OpenIndex, openIndex } from '../traces/open-index.ts'
import { sliceAt, sliceBeside } from '../traces/query-slices.ts'
import { timelineTracks } from '../traces/query-tracks.ts'
import { windowOf } from '../traces/query-window.ts'
import { findSlices } from '../traces/search.ts'
import { operatorsByShape, tablesOf } from '../traces/tables.ts'
import { IndexFiles } from './index-files.ts'
import { openArguments, type SliceArguments } from './slice-arguments.ts'
import { sliceDetail } from './slice-detail.ts'
import { INPUTS, type Opened, type QueryAnswer, type QueryInput, type QueryName } from './trace-protocol.ts'

type Answers = { [Name in QueryName]: (input: QueryInput<Name>) => QueryAnswer<Name> | Promise<QueryAnswer<Name>> }

/** A finished index and its source, open for questions. */
export class OpenTrace {
  readonly #storage: IndexFiles
  readonly #index: OpenIndex
  readonly #arguments: SliceArguments | undefined
  readonly #answers: Answers

  private constructor(storage: IndexFiles, index: OpenIndex, source: SliceArguments | undefined) {
    this.#storage = storage
    this.#index = index
    this.#arguments = source
    this.#answers = this.#queries()
  }

  /** @throws EngineError FORMAT_BROKEN, FILE_UNREADABLE when the index is damaged */
  static async open({ folder, sourcePath }: { folder: string; sourcePath?: string | undefined }): Promise<OpenTrace> {
    const storage = new IndexFiles(folder)
    try {
      return new OpenTrace(storage, openIndex(storage), await openArguments(folder, sourcePath))
    } catch (thrown) {
      storage.close()
      throw thrown
    }
  }

  view(): Opened {
    const { startNs, endNs } = this.#index.manifest
    const isEmpty = !(startNs <= endNs)
    return {
      startNs: isEmpty ? 0 : startNs,
      endNs: isEmpty ? 0 : endNs,
      tracks: timelineTracks(this.#index),
    }
  }

  answer<Name extends QueryName>(name: Name, input: unknown): QueryAnswer<Name> | Promise<QueryAnswer<Name>> {
    return this.#answers[name](INPUTS[name].parse(input))
  }

  close(): void {
    this.#storage.close()
    void this.#arguments?.close()
  }

  #queries(): Answers {
    const index = this.#index
    return {
      preview() {
        throw new EngineError('NOT_FOUND', 'This trace is read already')
      },
      window: query => packBlock({ ...windowOf(index, query) }),
      idle: ({ startNs, endNs, device, leastNs, limit }) => ({
        ...idleGaps(index, device, { startNs, endNs, leastNs, limit }),
      }),
      names: ({ ids }) => ids.map(id => index.name(id)),
      slice: ({ slice }) => this.#detail(slice),
      at: ({ lane, atNs }) => sliceAt(index, lane, atNs),
      beside: ({ slice, direction, sameName }) => sliceBeside(index, slice, direction, sameName),
      find(query) {
        const { total, ...hits } = findSlices(index, query)
        return { total, hits }
      },
      select({ startNs, endNs, tracks }) {
        const window = { kind: 'selection', name: 'Selection', startNs, endNs }
        const only = tracks === undefined ? undefined : new Set(tracks)
        return { figures: figuresOf(index, window, only), tables: tablesOf(index, window, only) }
      },
      operatorsByShape: () => operatorsByShape(index),
    }
  }

  async #detail(slice: number): Promise<SliceDetail> {
    const detail = sliceDetail(this.#index, slice)
    if (detail === undefined) throw new EngineError('NOT_FOUND', 'There is no such slice', { where: String(slice) })
    if (this.#arguments === undefined) {
      return { ...detail, sourceMissing: 'The trace file is not where it was, or has changed: locate it.' }
    }
    return { ...detail, arguments: await this.#arguments.of(this.#index.at('source', slice)) }
  }
}
