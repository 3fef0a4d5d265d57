import type { ServerModel } from '#domain/server.ts'
import { stateText } from '../../components/model-state.ts'
import type { TableColumn } from '../../components/table-model.ts'

const BATCHING: Readonly<Record<NonNullable<ServerModel['batching']>, string>> = {
  none: 'none',
  dynamic: 'dynamic',
  sequence: 'sequence',
  ensemble: 'ensemble',
}

/** One group in words: "2 CPU", "1 GPU 0,1". */
export function instancesText({ instances }: Pick<ServerModel, 'instances'>): string {
  return instances
    .map(
      ({ kind, count, gpus }) => `${count} ${kind.replace('KIND_', '')}${gpus.length > 0 ? ` ${gpus.join(',')}` : ''}`,
    )
    .join(' + ')
}

/** Triton keeps whole stack traces in the reason; a cell shows the line that says what happened. */
export function reasonLine(reason: string | undefined): string {
  const [first = ''] = (reason ?? '').split('\n').filter(line => line.trim() !== '')
  return first
}

export const MODEL_COLUMNS: readonly TableColumn<ServerModel>[] = [
  { id: 'name', title: 'Model', value: model => model.name, mono: true, maxCh: 32 },
  { id: 'state', title: 'State', value: stateText, minCh: 11, note: model => model.reason },
  {
    id: 'versions',
    title: 'Versions',
    value: model => (model.versions.length > 0 ? model.versions.join(', ') : model.version) || undefined,
  },
  { id: 'platform', title: 'Platform', value: model => model.platform || model.backend || undefined },
  {
    id: 'maxBatch',
    title: 'Max batch',
    align: 'right',
    value: model => model.maxBatchSize,
    means: '0: the model does not batch; shapes are whole',
  },
  { id: 'batching', title: 'Batching', value: model => model.batching && BATCHING[model.batching] },
  { id: 'instances', title: 'Instances', value: model => instancesText(model) || undefined },
  { id: 'reason', title: 'Reason', value: model => reasonLine(model.reason) || undefined, maxCh: 60 },
]
