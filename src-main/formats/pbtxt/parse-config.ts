import type { ConfigProblem } from '#domain/repository.ts'
import { parseTree } from './parse.ts'
import type { MessageNode } from './tree.ts'
import { type JsonObject, treeToJson } from './tree-json.ts'

export interface ParsedConfig {
  /** As Triton's HTTP API gives it, only what the text sets; absent where Triton would refuse the text. */
  config?: JsonObject
  tree: MessageNode
  problems: ConfigProblem[]
}

/** A config.pbtxt as JSON and as a tree with places. What Triton's own parser refuses comes back as problems. */
export function parseConfig(text: string): ParsedConfig {
  const { tree, problems } = parseTree(text)
  return problems.length > 0 ? { tree, problems } : { config: treeToJson(tree), tree, problems }
}
