import { z } from 'zod'

/**
 * Typed arrays on the wire: one little-endian block, each column aligned to 8 bytes. A typed array itself arrives as a
 * plain object, so the block is a Blob (DESIGN §9).
 */
export const PACKED_TYPES = ['f64', 'f32', 'u32', 'u8'] as const
export const PackedColumns = z.object({
  columns: z.array(
    z.object({ name: z.string(), type: z.enum(PACKED_TYPES), offset: z.int().min(0), count: z.int().min(0) }),
  ),
  data: z.instanceof(Blob),
})
export type PackedColumns = z.infer<typeof PackedColumns>

/** The same before it goes on the wire: what one process hands to another as one piece. */
export const PackedBlock = z.object({
  columns: PackedColumns.shape.columns,
  // Of memory that nobody shares, which a Blob takes as it is.
  bytes: z.custom<Uint8Array<ArrayBuffer>>(value => value instanceof Uint8Array && value.buffer instanceof ArrayBuffer),
})
export type PackedBlock = z.infer<typeof PackedBlock>

export type Column = Float64Array | Float32Array | Uint32Array | Uint8Array

const typeOf = (column: Column): (typeof PACKED_TYPES)[number] =>
  column instanceof Float64Array
    ? 'f64'
    : column instanceof Float32Array
      ? 'f32'
      : column instanceof Uint32Array
        ? 'u32'
        : 'u8'

export function packColumns(columns: Readonly<Record<string, Column>>): PackedColumns {
  return onTheWire(packBlock(columns))
}

export function onTheWire({ columns, bytes }: PackedBlock): PackedColumns {
  return { columns, data: new Blob([bytes]) }
}

export function packBlock(columns: Readonly<Record<string, Column>>): PackedBlock {
  const parts: PackedColumns['columns'] = []
  let size = 0
  for (const [name, column] of Object.entries(columns)) {
    parts.push({ name, type: typeOf(column), offset: size, count: column.length })
    size = (size + column.byteLength + 7) & ~7
  }
  const bytes = new Uint8Array(size)
  for (const { name, offset } of parts) {
    const column = columns[name]
    if (column) bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), offset)
  }
  return { columns: parts, bytes }
}

const ARRAY_OF = { f64: Float64Array, f32: Float32Array, u32: Uint32Array, u8: Uint8Array } as const

/** @throws RangeError when a column does not fit the block */
export async function unpackColumns({ columns, data }: PackedColumns): Promise<Map<string, Column>> {
  const buffer = await data.arrayBuffer()
  return new Map(
    columns.map(({ name, type, offset, count }): [string, Column] => [name, new ARRAY_OF[type](buffer, offset, count)]),
  )
}
