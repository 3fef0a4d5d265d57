import { listOf, objectOf, textOf } from './config-values.ts'
import type { Lint, LintContext } from './lint.ts'

/** Steps against the models they name, and tensors against who gives them. */
export function lintEnsemble({ config, models }: LintContext): Lint[] {
  const scheduling = config.ensemble_scheduling
  if (config.platform !== 'ensemble' && scheduling === undefined) return []
  const lints: Lint[] = []
  const error = (field: string, message: string, hint?: string) =>
    lints.push({ severity: 'error', field, message, ...(hint ? { hint } : {}) })
  if (scheduling === undefined) error('platform', 'An ensemble without ensemble_scheduling')
  if (config.platform !== 'ensemble')
    error('ensemble_scheduling', 'Steps, but the platform is not "ensemble"', 'platform: "ensemble"')
  if (listOf(config.instance_group).length > 0) error('instance_group', 'An ensemble has no instances of its own')
  const available = new Set(listOf(config.input).map(input => String(objectOf(input).name)))
  const steps = listOf(objectOf(scheduling).step).map(objectOf)
  const given = new Set([...available, ...steps.flatMap(step => Object.values(objectOf(step.output_map)).map(String))])
  if (steps.length === 0) error('ensemble_scheduling.step', 'An ensemble without steps')
  for (const [i, step] of steps.entries()) {
    const field = `ensemble_scheduling.step[${i}]`
    const name = textOf(step.model_name) ?? ''
    const model = models.get(name)
    if (model === undefined) error(`${field}.model_name`, `There is no model "${name}" in this repository`)
    for (const [map, end] of [
      ['input_map', 'input'],
      ['output_map', 'output'],
    ] as const) {
      const known = listOf(model?.[end]).map(tensor => objectOf(tensor))
      const mapped = objectOf(step[map])
      for (const [own, outer] of Object.entries(mapped)) {
        if (known.length > 0 && !known.some(tensor => tensor.name === own))
          error(
            `${field}.${map}`,
            `"${name}" has no ${end} "${own}"`,
            `It has ${known.map(tensor => String(tensor.name)).join(', ')}.`,
          )
        if (map === 'input_map' && !given.has(String(outer)))
          error(`${field}.input_map`, `No input and no step gives "${String(outer)}"`)
      }
      if (map === 'input_map')
        for (const { name: own, optional } of known)
          if (optional !== true && !Object.hasOwn(mapped, String(own)))
            error(`${field}.input_map`, `The input "${String(own)}" of "${name}" is not fed`)
    }
  }
  for (const [i, output] of listOf(config.output).map(objectOf).entries())
    if (!given.has(String(output.name))) error(`output[${i}].name`, `No step gives "${String(output.name)}"`)
  return lints
}
