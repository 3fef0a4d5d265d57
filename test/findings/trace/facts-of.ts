import type { TraceFacts } from '#domain/trace-facts.ts'
import { traceFacts } from '../../../src-main/traces/facts.ts'
import { buildTrace, buildTraceOf } from '../../helpers/build-trace.ts'

/** The whole way of a trace: recognised, read, indexed, judged by these facts. */
export async function factsOfText(text: string): Promise<TraceFacts> {
  return traceFacts(await buildTraceOf(new TextEncoder().encode(text)))
}

export async function factsOfFile(path: string): Promise<TraceFacts> {
  return traceFacts(await buildTrace(path))
}
