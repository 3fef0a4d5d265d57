import { tokenize } from '#formats/pbtxt/tokens.ts'
import { seededRandom } from '#stats/random.ts'

/** Words that are put in anywhere: what is right in one place is wrong in another. */
const WORDS = [
  '{',
  '}',
  '<',
  '>',
  '[',
  ']',
  ':',
  ',',
  ';',
  '-',
  '.',
  '+',
  '/',
  '#c\n',
  '\n',
  '\t',
  'é',
  '0',
  '1',
  '-1',
  '4',
  '07',
  '08',
  '0x1F',
  '0x',
  '1.5',
  '.5',
  '5.',
  '1e3',
  '1e',
  '2f',
  '4294967296',
  '9223372036854775808',
  '18446744073709551616',
  'inf',
  '-nan',
  'true',
  'False',
  't',
  'TRUE',
  'no',
  '"x"',
  "'y'",
  '"a" "b"',
  '"\\n\\x41\\101\\u00e9"',
  '"\\q"',
  '"\\x"',
  '"\\U0010FFFF"',
  '"\\u12"',
  '"open',
  'TYPE_FP32',
  'TYPE_NOPE',
  'KIND_CPU',
  'name',
  'max_batch_size: 0',
  'max_batch_size: 4',
  'name: "m"',
  'dims: [ 1, -1 ]',
  'dims: 3',
  'dims: [ ]',
  'dims: [ 1, ]',
  'foo: 1',
  'foo { a: [ 1, { } ] }',
  'input { }',
  'dynamic_batching { }',
  'dynamic_batching < >',
  'sequence_batching { }',
  'ensemble_scheduling { }',
  'parameters { key: "k" }',
  'parameters [ { key: "k" value: { string_value: "v" } } ]',
  'parameters { key: "" key: "" }',
  'version_policy: { all { } }',
  'optimization { cuda { graphs: 1 } }',
  'Name: "x"',
  '[a.b] { }',
  'response_cache { enable: 2 }',
] as const

/** A text with one or two words taken out, doubled, exchanged or put in; the same for a seed. */
export function mutate(text: string, seed: number): string {
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random.uniform() * n)
  const words = wordsOf(text)
  for (let round = 1 + below(2); round > 0; round--) {
    const at = below(words.length + 1)
    const word = WORDS[below(WORDS.length)] ?? ''
    const action = below(5)
    if (action === 0) words.splice(at, 1)
    else if (action === 1) words.splice(at, 0, words[at] ?? '')
    else if (action === 2) words.splice(at, 1, word)
    else if (action === 3) words.splice(at, 0, word)
    else words.splice(at, 1, (words[at] ?? '').slice(0, -1))
  }
  return words.join(' ')
}

const LETTERS = `{}[]<>:;,.#"'\\/-+_ \t\n\r\v\f\0\u0001\u007f01789aAefxXzé\ufeff\u{1f600}`

/** A text with one to three characters taken out, doubled, exchanged or put in, between words and inside; the same for a seed. */
export function mutateLetters(text: string, seed: number): string {
  const random = seededRandom(seed)
  const below = (n: number) => Math.floor(random.uniform() * n)
  const letters = [...text]
  const put = [...LETTERS]
  for (let round = 1 + below(3); round > 0; round--) {
    const at = below(letters.length + 1)
    const letter = put[below(put.length)] ?? ''
    const action = below(4)
    if (action === 0) letters.splice(at, 1)
    else if (action === 1) letters.splice(at, 0, letters[at] ?? '')
    else if (action === 2) letters.splice(at, 1, letter)
    else letters.splice(at, 0, letter)
  }
  return letters.join('')
}

function wordsOf(text: string): string[] {
  return tokenize(text).tokens.map(token => token.text)
}
