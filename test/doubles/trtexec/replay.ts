import { copyFileSync, readFileSync } from 'node:fs'
import type { Console } from './console.ts'
import { DOUBLE_DEVICE, DOUBLE_UUID, type Scenario } from './scenario.ts'

/**
 * Prints a recorded log, each line to the stream it came from, in the double's name: banners carry its own command line, device
 * lines its own device. A log without a last banner ends as its process did.
 * @returns exit code, as the log's last banner says it
 */
export async function replay(path: string, console: Console): Promise<number> {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/)
  let isError = false
  let second = ''
  let end: string | undefined
  for (const line of lines) {
    const [, atSecond, severity] = /^\[(\d\d\/\d\d\/\d{4}-\d\d:\d\d:\d\d)\] \[([VIWEF])\]/.exec(line) ?? []
    if (atSecond !== undefined && atSecond !== second) {
      if (second !== '') await console.pause()
      second = atSecond
    }
    if (severity !== undefined) isError = severity !== 'I' && severity !== 'V'
    const [, word] = /^&&&& (RUNNING|PASSED|FAILED)/.exec(line) ?? []
    if (word !== undefined) isError = false
    // Ours stands there already; an excerpt has none.
    if (word === 'RUNNING') continue
    if (word === 'PASSED' || word === 'FAILED') end = word
    const stream = isError ? process.stderr : process.stdout
    stream.write(`${inOurName(line, word !== undefined)}\n`)
    if (line.includes('Loading standard plugins')) console.warnThatItIsADouble()
  }
  if (end !== undefined) return end === 'PASSED' ? 0 : 1
  process.kill(process.pid, 'SIGABRT')
  return new Promise(() => {})
}

export function copyExports(values: ReadonlyMap<string, string>, files: NonNullable<Scenario['replay']>): void {
  const pairs = [
    ['exportTimes', files.times],
    ['exportProfile', files.profile],
    ['exportLayerInfo', files.layers],
  ] as const
  for (const [flag, from] of pairs) {
    const to = values.get(flag)
    if (to !== undefined && from !== undefined) copyFileSync(from, to)
  }
}

function inOurName(line: string, isBanner: boolean): string {
  if (isBanner) return line.replace(/ # .*$/, ` # trtexec ${process.argv.slice(2).join(' ')}`)
  return line
    .replace(/Selected Device: .*/, `Selected Device: ${DOUBLE_DEVICE}`)
    .replace(/(Device \d+: ").*(" UUID: ).*/, `$1${DOUBLE_DEVICE}$2${DOUBLE_UUID}`)
    .replace(/(Selected Device UUID: ).*/, `$1${DOUBLE_UUID}`)
}
