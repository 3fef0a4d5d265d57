import { EngineError } from '#domain/errors.ts'
import type { ConfigProblem } from '#domain/repository.ts'

/** The first problem as the message, all of them as the detail. */
export function invalidConfig(problems: readonly ConfigProblem[], where?: string): EngineError {
  const [first] = problems
  const place = first === undefined ? where : [where, placeOf(first)].filter(Boolean).join(', ')
  return new EngineError('CONFIG_INVALID', first?.message ?? 'The configuration is not valid', {
    ...(place ? { where: place } : {}),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    detail: problems.map(problem => [placeOf(problem), problem.message].filter(Boolean).join(': ')).join('\n'),
  })
}

function placeOf({ line, column, field }: ConfigProblem): string {
  return [line === undefined ? undefined : `line ${line}, column ${column}`, field].filter(Boolean).join(', ')
}
