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
    .map(id => ({ id, title: TITLES[id], facts: shownFacts(passport[id], TITLES[id], wanted) }))
    .filter(section => section.facts.length > 0)
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

/** `frequencyMHz` → "Frequency"; `sha256` stays a word; abbreviations keep their capitals. */
function factLabel(name: string): string {
  const unit = UNITS.find(([suffix]) => name.endsWith(suffix) && name.length > suffix.length)
  const bare = unit === undefined ? name : name.slice(0, -unit[0].length)
  const words = bare.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[-_.]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1).replace(/\b[A-Z][a-z]+/g, word => word.toLowerCase())
}

function factText(name: string, fact: Fact): string {
  if (typeof fact === 'boolean') return fact ? 'yes' : 'no'
  if (Array.isArray(fact)) return fact.map(one => factText(name, one)).join(', ')
  if (typeof fact === 'string') return fact
  const unit = UNITS.find(([suffix]) => name.endsWith(suffix))
  return unit === undefined ? plainNumber(fact) : unit[1](fact)
}

function plainNumber(value: number): string {
  return Number.isInteger(value) ? groupThousands(String(value)) : formatSignificant(value, 4)
}
