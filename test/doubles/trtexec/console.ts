import { DOUBLE_DEVICE, type DoubleVersion, VERSIONS } from './scenario.ts'

export type Severity = 'V' | 'I' | 'W' | 'E' | 'F'

/** Prints as trtexec's logger: `[V]` and `[I]` on standard output, the rest on standard error, each line at once. */
export class Console {
  readonly version: DoubleVersion
  readonly #delayMs: number
  readonly #command: string

  constructor(version: DoubleVersion, delayMs: number, argv: readonly string[]) {
    this.version = version
    this.#delayMs = delayMs
    this.#command = `trtexec ${argv.join(' ')}`
  }

  banner(word: 'RUNNING' | 'PASSED' | 'FAILED'): void {
    const of = VERSIONS[this.version]
    const build = 'build' in of ? ` [${of.build}]` : ''
    process.stdout.write(`&&&& ${word} TensorRT.trtexec [TensorRT v${of.number}]${build} # ${this.#command}\n`)
  }

  line(severity: Severity, text: string): void {
    const stream = severity === 'V' || severity === 'I' ? process.stdout : process.stderr
    stream.write(`[${stamp()}] [${severity}] ${text}\n`)
  }

  info(...texts: string[]): void {
    for (const text of texts) this.line('I', text)
  }

  /** The last words of a failure, and its exit code. */
  fail(...texts: string[]): number {
    for (const text of texts) this.line('E', text)
    this.banner('FAILED')
    return 1
  }

  section(title: string, ...lines: string[]): void {
    this.info(`=== ${title} ===`, ...lines)
  }

  /** A step of the work takes the scenario's time. */
  pause(): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, this.#delayMs))
  }

  warnThatItIsADouble(): void {
    this.line('W', `This is the ${DOUBLE_DEVICE}: nothing is built, nothing is measured, every figure is made up.`)
  }
}

function stamp(): string {
  const now = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':')
  return `${two(now.getMonth() + 1)}/${two(now.getDate())}/${now.getFullYear()}-${time}`
}
