import type { ErrorCode } from '#domain/errors.ts'
import type { TrtexecAbilities } from './trtexec-abilities.ts'

/** Why trtexec cannot do what is asked, and the way out. */
export interface Refusal {
  /** Absent: SPEC_INVALID. */
  code?: ErrorCode
  why: string
  hint: string
  /** The input, file or option it is about. */
  where?: string
}

/** Arguments after the program; `notices` tell what was left out or understood. Refused: nothing may be started. */
export type TrtexecArguments = { argv: string[]; notices: string[] } | { refused: Refusal[] }

/** Arguments being collected for one trtexec: an option it lacks is never among them. */
export class ArgumentList {
  readonly abilities: TrtexecAbilities
  readonly #argv: string[] = []
  readonly #notices: string[] = []
  readonly #refused: Refusal[] = []

  constructor(abilities: TrtexecAbilities) {
    this.abilities = abilities
  }

  /** "TensorRT 8.6.1" */
  get title(): string {
    return `TensorRT${this.abilities.version === undefined ? '' : ` ${this.abilities.version}`}`
  }

  /** @param name with its dashes */
  has(name: string): boolean {
    return this.abilities.flags.has(name)
  }

  /** An option without which the run would be another than asked. */
  need(name: string, value: string | undefined, refusal: Refusal): void {
    if (this.has(name)) this.#argv.push(value === undefined ? name : `${name}=${value}`)
    else this.refuse(refusal)
  }

  /** An option whose absence costs something that can be said. @param loss "layers are told by name alone" */
  want(name: string, value: string, loss: string): void {
    if (this.has(name)) this.#argv.push(`${name}=${value}`)
    else this.notice(`${this.title} has no ${name}: ${loss}.`)
  }

  /** An option that every version has. */
  set(name: string, value?: string | number): void {
    this.need(name, value === undefined ? undefined : String(value), {
      why: `This trtexec has no ${name}`,
      hint: 'It may be another program of that name: check its path in Settings.',
      where: name,
    })
  }

  notice(text: string): void {
    this.#notices.push(text)
  }

  /** The same said of several options is said once. */
  refuse(refusal: Refusal): void {
    if (!this.#refused.some(({ why }) => why === refusal.why)) this.#refused.push(refusal)
  }

  result(): TrtexecArguments {
    if (this.#refused.length > 0) return { refused: this.#refused }
    return { argv: this.#argv, notices: this.#notices }
  }
}
