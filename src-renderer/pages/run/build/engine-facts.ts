import { formatBytes, formatDuration } from '#domain/display.ts'
import type { Fact, Facts, Passport } from '#domain/passport.ts'

export interface EngineFact {
  key: string
  value: string
  note?: string
}

/** What came of a build, as its passport tells it; undefined where there is no engine. */
export interface EngineFacts {
  path: string
  sha256: string
  facts: EngineFact[]
  /** A program that only plays trtexec answered: nothing was built. */
  isDouble: boolean
}

export function engineFacts(passport: Passport | undefined): EngineFacts | undefined {
  if (passport === undefined) return undefined
  const { method, runtime, gpu } = passport
  const path = words(method.engine)
  if (path === undefined) return undefined
  const isDouble = runtime.double === true
  const built = seconds(method.builtSeconds)
  const elapsed = seconds(method.elapsedSec)
  const facts = [
    fact('Size', typeof method.engineBytes === 'number' ? formatBytes(method.engineBytes) : undefined),
    fact('SHA-256', words(method.engineSha256)),
    fact('Precision', words(method.precision)),
    fact(
      'Build time',
      built ?? elapsed,
      built !== undefined && elapsed !== undefined ? `trtexec as a whole: ${elapsed}` : '',
    ),
    fact('TensorRT', words(runtime.version), isDouble ? 'as the double says' : ''),
    fact('Device', deviceName(gpu), isDouble ? 'a test double: no device was used' : ''),
    fact('Timing cache', words(method.timingCache), cacheText(method.timingCacheHit)),
    fact('Shapes', shapeText(method)),
  ]
  return {
    path,
    sha256: words(method.engineSha256) ?? '',
    facts: facts.filter(each => each !== undefined),
    isDouble,
  }
}

function fact(key: string, value: string | undefined, note = ''): EngineFact | undefined {
  if (value === undefined) return undefined
  return note === '' ? { key, value } : { key, value, note }
}

function words(told: Fact | undefined): string | undefined {
  if (told === undefined || told === '') return undefined
  return Array.isArray(told) ? told.join(', ') : String(told)
}

function seconds(told: Fact | undefined): string | undefined {
  return typeof told === 'number' ? formatDuration(1000 * told) : undefined
}

function cacheText(hit: Fact | undefined): string {
  if (hit === true) return 'hit: tactics were taken from it'
  return hit === false ? 'not used: every tactic was timed' : ''
}

/** The GPU facts are of one device, or of several by number. */
function deviceName(gpu: Facts): string | undefined {
  return words(gpu.name)
}

function shapeText({ minShapes, optShapes, maxShapes }: Facts): string | undefined {
  const parts = [
    ['min', words(minShapes)],
    ['opt', words(optShapes)],
    ['max', words(maxShapes)],
  ].flatMap(([name, shapes]) => (shapes === undefined ? [] : [`${name} ${shapes}`]))
  return parts.length === 0 ? undefined : parts.join(' · ')
}
