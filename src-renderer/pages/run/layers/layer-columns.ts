import { formatMs, formatPercent } from '#domain/display.ts'
import { layerNodes } from '#domain/layer-nodes.ts'
import type { LayerGroup, LayerGrouping, LayerRow } from '#domain/layer-view.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { readable } from '../../../timeline/name-text.ts'

const NOTED_FROM = 30

/** What a column of words shows: hostile text made readable, absent where the export does not tell. */
export function words<Row>(
  id: string,
  title: string,
  of: (row: Row) => string | undefined,
  more: Partial<TableColumn<Row>> = {},
): TableColumn<Row> {
  const value = (row: Row) => {
    const text = of(row)
    return text === undefined || text === '' ? undefined : readable(text)
  }
  return {
    id,
    title,
    value,
    note: row => {
      const text = value(row) ?? ''
      return text.length > NOTED_FROM ? text : undefined
    },
    ...more,
  }
}

export function ms<Row>(
  id: string,
  title: string,
  of: (row: Row) => number | undefined,
  means: string,
): TableColumn<Row> {
  return { id, title, unit: 'ms', align: 'right', key: `${id}_ms`, means, value: of, text: row => formatMs(of(row)) }
}

function share<Row extends { percent?: number }>(): TableColumn<Row> {
  return {
    id: 'share',
    title: 'Share',
    align: 'right',
    key: 'share_percent',
    means: 'Of the summed layers. The sum exceeds the engine: each layer is timed with events of its own.',
    value: ({ percent }) => percent,
    text: ({ percent }) => formatPercent(percent),
  }
}

export function layerColumns(rows: readonly LayerRow[]): TableColumn<LayerRow>[] {
  const columns: TableColumn<LayerRow>[] = [
    words('name', 'Layer', ({ layer }) => layer.name, { mono: true, minCh: 24, maxCh: 36 }),
    words('type', 'Type', ({ layer }) => layer.type),
    words('precision', 'Precision', ({ layer }) => layer.precision, {
      means: 'Of its outputs where they agree, else "mixed".',
    }),
    ms('average', 'Average', ({ layer }) => layer.averageMs, 'Per run of the engine.'),
    ms('median', 'Median', ({ layer }) => layer.medianMs, 'Per run of the engine.'),
    share(),
    ms('engine', 'Of the engine', ({ engineMs }) => engineMs, "The engine's own time × the layer's share."),
    words('tactic', 'Tactic', ({ layer }) => layer.tactic, { mono: true, maxCh: 26 }),
    words('nodes', 'ONNX nodes', ({ layer }) => layerNodes(layer).join(', '), {
      mono: true,
      maxCh: 26,
      means: 'As the engine tells them, else as the name spells them.',
    }),
    {
      id: 'place',
      title: 'Place',
      align: 'right',
      standard: false,
      means: "In the engine's order, from 0.",
      value: ({ place }) => place,
    },
  ]
  return columns.filter(column => column.id === 'name' || rows.some(row => column.value(row) !== undefined))
}

const GROUP_TITLES: Readonly<Record<LayerGrouping, string>> = { type: 'Type', precision: 'Precision', tactic: 'Tactic' }

export function groupColumns(by: LayerGrouping): TableColumn<LayerGroup>[] {
  return [
    words('group', GROUP_TITLES[by], ({ key }) => key, { mono: by === 'tactic', minCh: 24, maxCh: 60 }),
    ms('average', 'Time', ({ averageMs }) => averageMs, 'Sum of the averages of its layers.'),
    share(),
    { id: 'layers', title: 'Layers', align: 'right', value: ({ layers }) => layers },
    {
      id: 'untimed',
      title: 'Not timed',
      align: 'right',
      standard: false,
      means: 'Layers among them without a time.',
      value: ({ untimed }) => untimed,
    },
  ]
}
