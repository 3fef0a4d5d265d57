import { formatBytes, formatLatency, formatSignificant, groupThousands } from '#domain/display.ts'
import type { Fact, Facts, Passport } from '#domain/passport.ts'

export interface PassportSection {
  id: string
  title: string
  /** As `<FactList>` takes them; keys are unique in a section. */
  facts: { key: string; value: string }[]
}

const TITLES: Readonly<Record<keyof Passport, string>> = {
  command: 'Command',
  app: 'Batchscope',
  model: 'Model',
  runtime: 'Runtime',
  method: 'How it was measured',
  cpu: 'CPU',
  memory: 'Memory',
  gpu: 'GPU',
  os: 'Operating system',
  time: 'Time',
}

/** Groups with a name of their own. */
const GROUP_TITLES: Readonly<Record<string, string>> = {
  'runtime.triton': 'Server',
  'method.load': 'Load generator',
}

/** The unit that a fact's name ends with, longest first, and how its number reads. */
const UNITS: readonly [suffix: string, format: (value: number) => string][] = [
  ['PerSec', value => `${formatSignificant(value)} /s`],
  ['Percent', value => `${formatSignificant(value)} %`],
  ['Bytes', formatBytes],
  ['bytes', formatBytes],
  ['MHz', value => `${groupThousands(String(Math.round(value)))} MHz`],
  ['Ms', value => formatLatency(value)],
  ['Us', value => `${formatSignificant(value)} µs`],
  ['Ns', value => `${formatSignificant(value)} ns`],
]

/** Sections in reading order with the facts whose label, name or value contains `search`; empty sections are left out. */
export function passportSections(passport: Passport, search: string): PassportSection[] {
  const wanted = search.trim().toLowerCase()
  return (Object.keys(TITLES) as (keyof Passport)[])
    .flatMap(id => groups(id, passport[id]))
    .map(({ id, title, facts }) => ({ id, title, facts: shownFacts(facts, title, wanted) }))
    .filter(section => section.facts.length > 0)
}

/** Facts named `ort-cpu.threads` stand in a section of their own for each runtime, without the repeated prefix. */
function groups(id: keyof Passport, facts: Facts): { id: string; title: string; facts: Facts }[] {
  const prefixOf = (name: string) => /^([\w-]+)\../.exec(name)?.[1] ?? ''
  return [...Map.groupBy(Object.entries(facts), ([name]) => prefixOf(name))].map(([prefix, own]) => ({
    id: prefix === '' ? id : `${id} ${prefix}`,
    title: prefix === '' ? TITLES[id] : (GROUP_TITLES[`${id}.${prefix}`] ?? `${TITLES[id]} ${prefix}`),
    facts: Object.fromEntries(own.map(([name, fact]) => [prefix === '' ? name : name.slice(prefix.length + 1), fact])),
  }))
}

function shownFacts(facts: Facts, title: string, wanted: string): PassportSection['facts'] {
  const labels = Object.keys(facts).map(factLabel)
  return Object.entries(facts).flatMap(([name, fact]) => {
    const label = factLabel(name)
    const key = labels.filter(one => one === label).length > 1 ? name : label
    const value = factText(name, fact)
    return [title, name, key, value].some(text => text.toLowerCase().includes(wanted)) ? [{ key, value }] : []
  })
}

/** Names that are no words. */
const LABELS: Readonly<Record<string, string>> = {
  cli: 'CLI',
  argv: 'Arguments',
  sha256: 'SHA-256',
  externalDataSha256: 'External data',
  bytes: 'Size',
}

/** `frequencyMHz` → "Frequency". */
function factLabel(name: string): string {
  const known = LABELS[name]
  if (known !== undefined) return known
  const unit = UNITS.find(([suffix]) => name.endsWith(suffix) && name.length > suffix.length)
  const bare = unit === undefined ? name : name.slice(0, -unit[0].length)
  const words = bare.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[-_.]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/\b[A-Z][a-z]+/g, word => word.toLowerCase())
}

function factText(name: string, fact: Fact): string {
  if (typeof fact === 'boolean') return fact ? 'yes' : 'no'
  if (Array.isArray(fact)) return fact.length === 0 ? 'none' : fact.map(one => factText(name, one)).join(', ')
  if (typeof fact === 'string') return fact
  const unit = UNITS.find(([suffix]) => name.endsWith(suffix))
  return unit === undefined ? plainNumber(fact) : unit[1](fact)
}

function plainNumber(value: number): string {
  return Number.isInteger(value) ? groupThousands(String(value)) : formatSignificant(value, 4)
}
