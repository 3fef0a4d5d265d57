import type { Dice } from './define.ts'

/** An event as text; `slice`: the name of the one slice it must become, if it must. */
export interface EventText {
  text: string
  slice?: string
}

const ABSURD = [
  '1e308',
  '-1e308',
  '1e-308',
  '9'.repeat(400),
  '18446744073709551615',
  '-0',
  '""',
  'null',
  'true',
  '[]',
  '{}',
]
const SPACES = ['', ' ', '\n    ', '\r\n\t', '  ']

/** Where the events of one file start, µs. */
function base(dice: Dice): number {
  return dice.of([0, 5_917_770_837_000, 1_712_195_495_406_752])
}

/** Events of every kind; the n-th slice is named "n<n>". */
export function eventTexts(dice: Dice, dialect: 'kineto' | 'ort' | 'chrome'): EventText[] {
  const startUs = base(dice)
  return Array.from({ length: dice.between(1, 40) }, (_, n) => oneEvent(dice, dialect, n, startUs + n * 50))
}

function oneEvent(dice: Dice, dialect: 'kineto' | 'ort' | 'chrome', n: number, us: number): EventText {
  const name = `n${n}`
  const ts = dice.of([`${us}`, `${us}.${String(dice.below(1000)).padStart(3, '0')}`, `"${us}"`])
  const at = { pid: '7', tid: dice.of(['7', '8', '"9"']), ts }
  const span = { ph: '"X"', name: JSON.stringify(name), ...at, dur: dice.of(['1', '12.345', '0']) }
  const written = (members: Record<string, string>, slice?: string): EventText => ({
    text: object(dice, members),
    ...(slice === undefined ? {} : { slice }),
  })
  const kind = dice.below(10)
  if (dialect === 'ort') {
    const cat = kind < 7 ? '"Node"' : '"Session"'
    const args = kind < 7 ? `{"op_name": "Conv", "provider": "CPUExecutionProvider", "node_index": "${n}"}` : '{}'
    return written({ cat, ...span, args }, name)
  }
  if (kind === 0) return written({ ph: '"M"', name: '"process_name"', ...at, args: '{"name": "python"}' })
  if (kind === 1) return written({ ph: dice.of(['"s"', '"f"']), cat: '"fwdbwd"', name: '"fwdbwd"', id: `${n}`, ...at })
  if (kind === 2)
    return written({ ph: '"i"', name: '"[memory]"', ...at, args: '{"Bytes": 4, "Device Id": 0, "Device Type": 1}' })
  if (kind === 3) return written({ ph: '"C"', name: '"load"', ...at, args: '{"a": 1.5, "b": "2"}' })
  if (kind === 4 && dialect === 'chrome') return written({ ...span, ph: '"B"' }, name)
  if (dialect === 'chrome') return written({ ...span, args: argument(dice) }, name)
  if (kind < 7)
    return written(
      {
        cat: '"cpu_op"',
        ...span,
        args: `{"External id": ${n + 1}, "Input Dims": [[1, 2], []], "x": ${value(dice, 0)}}`,
      },
      name,
    )
  if (kind === 7)
    return written({ cat: '"cuda_runtime"', ...span, args: `{"correlation": ${n}, "External id": ${n}}` }, name)
  if (kind === 8)
    return written(
      {
        cat: '"kernel"',
        ...span,
        args: `{"device": 0, "stream": 7, "correlation": ${n}, "grid": [2, 1, 1], "block": [32, 1, 1]}`,
      },
      name,
    )
  return written(
    { cat: '"gpu_memcpy"', ...span, args: '{"device": 0, "stream": 7, "bytes": 64, "memory bandwidth (GB/s)": 1.5}' },
    name,
  )
}

/** An object with its members in any order and any white space between. */
function object(dice: Dice, members: Record<string, string>): string {
  const space = dice.of(SPACES)
  const entries = Object.entries(members)
  const ordered = dice.oneIn(4) ? dice.shuffle(entries) : entries
  return `{${space}${ordered.map(([name, text]) => `"${name}"${dice.of(['', ' '])}:${space}${text}`).join(`,${space}`)}${space}}`
}

function argument(dice: Dice): string {
  return dice.oneIn(3) ? '{}' : `{"note": ${value(dice, 0)}}`
}

/** A value that means nothing to us: strings with escapes, nested lists, now and then huge or deep. */
function value(dice: Dice, depth: number): string {
  const kind = dice.below(depth > 3 ? 3 : 8)
  if (kind === 0)
    return JSON.stringify(dice.of(['', 'a "quoted" \\ text\n', 'é\ud83d\ude00', '}, {"ph": "X"', 'x'.repeat(100)]))
  if (kind === 1) return dice.of(['0', '-1.5e3', '123456789012345678901234567890', 'null', 'true'])
  if (kind === 2) return dice.oneIn(200) ? JSON.stringify('y'.repeat(dice.below(300_000))) : '"z"'
  if (kind === 3 && dice.oneIn(50)) {
    const depth = dice.below(20_000)
    return '['.repeat(depth) + ']'.repeat(depth)
  }
  const items = Array.from({ length: dice.below(4) }, () => value(dice, depth + 1))
  return dice.oneIn(2) ? `[${items.join(', ')}]` : `{${items.map((item, i) => `"k${i}": ${item}`).join(', ')}}`
}

/** The event with one of its values absurd: it may no longer become a slice. */
export function absurd(event: EventText, dice: Dice): EventText {
  const members = [...event.text.matchAll(/:(\s*)("?-?\d[\d.]*"?)(?=\s*[,}])/g)]
  if (members.length === 0) return event
  const member = dice.of(members)
  const from = member.index + 1 + (member[1]?.length ?? 0)
  return { text: event.text.slice(0, from) + dice.of(ABSURD) + event.text.slice(from + (member[2]?.length ?? 0)) }
}
