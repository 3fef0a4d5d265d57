import type { Point } from './point.ts'

/** The configuration of a server's model that a point was measured with, in words. No zod here. */

/** What a search or Model Analyzer calls it ("image_cls_config_2"), else what differs; absent where nobody told. */
export function configurationName({ serverConfig }: Pick<Point, 'serverConfig'>): string | undefined {
  const name = serverConfig?.configuration ?? serverConfig?.config
  return name === undefined ? configurationFacts({ serverConfig }) : String(name)
}

/** "instances 2, max batch 1": what a model's configuration says of them; absent where nothing is known. */
function configurationFacts({ serverConfig = {} }: Pick<Point, 'serverConfig'>): string | undefined {
  const { instanceCount, instanceGroup, maxBatchSize } = serverConfig
  const instances = instanceCount ?? instanceGroup
  const facts = [
    ...(instances === undefined ? [] : [`instances ${instances}`]),
    ...(maxBatchSize === undefined ? [] : [`max batch ${maxBatchSize}`]),
  ]
  return facts.length === 0 ? undefined : facts.join(', ')
}

/** Name and facts together, each once: "image_cls_config_2 (instances 2:CPU, max batch 1)". */
export function configurationTitle(point: Pick<Point, 'serverConfig'>): string | undefined {
  const [name, facts] = [configurationName(point), configurationFacts(point)]
  return name === undefined || facts === undefined || facts === name ? name : `${name} (${facts})`
}
