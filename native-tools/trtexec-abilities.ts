import { isBefore, TRTEXEC_FLAGS, takesFlag, UNLISTED_FLAGS } from './trtexec-flags.ts'

/**
 * What one trtexec can do. Up to 10 precision is a flag and a measurement copies inputs and outputs by default; from 11
 * on precision is the model's own and a measurement is of the GPU alone by default.
 */
export interface TrtexecAbilities {
  /** "10.16.1", "7 or older"; absent: it does not say. */
  version?: string
  /** Accepted options with their dashes: '--onnx'. */
  flags: ReadonlySet<string>
  dialect: '≤10' | '≥11'
}

/** From here on networks are strongly typed and the defaults of a measurement are others. */
const STRONGLY_TYPED = '11.0'

/**
 * @param helpText what `trtexec --help` prints. Where it lists no options (a broken or cut help) but tells its version,
 * the options are those of that version (`trtexec-flags.ts`); where it tells neither, `flags` is empty.
 */
export function trtexecAbilities(helpText: string): TrtexecAbilities {
  const version = trtexecVersion(helpText)
  const listed = listedFlags(helpText)
  const known = version === undefined ? [] : flagsOf(version)
  const unlisted = UNLISTED_FLAGS.map(name => `--${name}`).filter(flag => known.includes(flag))
  const flags = new Set(listed.includes('--onnx') ? [...listed, ...unlisted] : known)
  const isTyped = version !== undefined && !isBefore(version, STRONGLY_TYPED)
  return {
    ...(version === undefined ? {} : { version }),
    flags,
    dialect: isTyped || flags.has('--noCudaGraph') ? '≥11' : '≤10',
  }
}

/** Lines of the help that begin with an option, `--name`, `--name=<value>` or two names for one. */
function listedFlags(helpText: string): string[] {
  return helpText.split('\n').flatMap(line => {
    const [, names = ''] = /^\s{1,8}(--\w+(?:\s*,\s*--\w+)*)/.exec(line) ?? []
    return names === '' ? [] : names.split(/\s*,\s*/)
  })
}

/** Every option a version takes, by the table. */
function flagsOf(version: string): string[] {
  return Object.keys(TRTEXEC_FLAGS)
    .filter(name => takesFlag(name, version))
    .map(name => `--${name}`)
}

/**
 * From the banner "&&&& RUNNING TensorRT.trtexec [TensorRT v101601] [b11] # …": up to 9.x four digits (8601 is 8.6.1),
 * from 10.0 two digits each (101601 is 10.16.1); 7.x names none.
 */
export function trtexecVersion(text: string): string | undefined {
  const banner = /&&&& RUNNING TensorRT\.trtexec(?: \[TensorRT v(\d+)\])?/.exec(text)
  if (banner === null) return undefined
  const number = Number(banner[1])
  if (!Number.isInteger(number)) return '7 or older'
  const base = number >= 100_000 ? 100 : 10
  return `${Math.floor(number / (base === 100 ? 10_000 : 1000))}.${Math.floor(number / 100) % base}.${number % 100}`
}
