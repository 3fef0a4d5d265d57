/** '1x3x224x224' as dimensions; '' is a scalar; undefined for anything else. */
export function shapeOf(printed: string | undefined): number[] | undefined {
  if (printed === '' || printed === 'scalar') return []
  if (printed === undefined || !/^-?\d{1,15}(?:x-?\d{1,15})*$/.test(printed)) return undefined
  return printed.split('x').map(Number)
}

/**
 * Shapes of an option or section, by input: `x:4x1x28x28,'a:0':1x2` and `x:0=4x1x28x28`. Names may hold colons: the
 * last one ends the name.
 */
export function shapesOf(printed: string): Record<string, number[]> {
  const shapes: Record<string, number[]> = {}
  for (const part of printed.split(/,\s*/)) {
    const [, name, dims] = /^['"]?(.+?)['"]?[:=]([\dx-]*|scalar)$/.exec(part.trim()) ?? []
    const shape = shapeOf(dims)
    if (name !== undefined && shape !== undefined) shapes[name] = shape
  }
  return shapes
}

/**
 * The batch: the first dimension that all inputs of two or more dimensions share; undefined where they differ or one is
 * not fixed.
 */
export function batchOf(shapes: Readonly<Record<string, readonly number[]>>): number | undefined {
  const firsts = new Set(Object.values(shapes).flatMap(dims => (dims.length > 1 ? dims.slice(0, 1) : [])))
  const [only] = firsts
  return firsts.size === 1 && only !== undefined && only > 0 ? only : undefined
}
