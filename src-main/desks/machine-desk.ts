import { z } from 'zod'
import type { Check, Doctor, Readiness, RuntimeInfo, ToolInfo } from '#domain/machine.ts'
import type { Facts } from '#domain/passport.ts'
import type { Tool } from '../../native-tools/define.ts'
import { gpuChecks } from '../../native-tools/gpu-checks.ts'
import type { Runtime } from '../runtimes/define.ts'

export interface MachineDeskParts {
  runtimes: readonly Runtime[]
  tools: readonly Tool[]
  /** Paths the user set, by tool id. */
  toolPaths(): Readonly<Record<string, string>>
  /** What of the user's settings could not be used, a sentence each. */
  settingsNotices(): readonly string[]
  /** What the driver tells of the GPUs now; asked with every doctor. */
  gpus(): Promise<Facts>
}

/** What is installed on this machine and what it is good for. Looked up once, and again when asked. */
export class MachineDesk {
  readonly #parts: MachineDeskParts
  readonly #readiness = new Map<string, Promise<Readiness>>()
  #tools: Promise<ToolInfo[]> | undefined
  #checkedAt = ''

  constructor(parts: MachineDeskParts) {
    this.#parts = parts
  }

  async runtimes(fresh = false): Promise<RuntimeInfo[]> {
    if (fresh) this.#readiness.clear()
    return this.runtimesFor(this.#parts.runtimes.map(({ id }) => id))
  }

  /**
   * All runtimes, but only the named ones are looked at: a look may start the user's Python, and a benchmark that does
   * not use it should not wait for it. The others are told as not ready.
   */
  runtimesFor(ids: readonly string[]): Promise<RuntimeInfo[]> {
    return Promise.all(
      this.#parts.runtimes.map(async runtime =>
        describeRuntime(runtime, ids.includes(runtime.id) ? await this.#readinessOf(runtime) : NOT_LOOKED_AT),
      ),
    )
  }

  #readinessOf(runtime: Runtime): Promise<Readiness> {
    const known = this.#readiness.get(runtime.id)
    if (known !== undefined) return known
    const toolPaths = this.#parts.toolPaths()
    const readiness = looked(() => runtime.ready({ toolPaths }))
    this.#readiness.set(runtime.id, readiness)
    return readiness
  }

  tools(fresh = false): Promise<ToolInfo[]> {
    if (fresh) this.#tools = undefined
    this.#tools ??= Promise.all(this.#parts.tools.map(tool => this.#describeTool(tool)))
    return this.#tools
  }

  /** As `tools`, one of them, looked up again where it was not there: it may have been installed since. */
  async readyTool(id: string): Promise<Readiness> {
    const known = (await this.tools()).find(tool => tool.id === id)
    if (known === undefined) throw new Error(`there is no tool ${id}`)
    const tool = this.#parts.tools.find(tool => tool.id === id)
    if (known.readiness.ready || tool === undefined) return known.readiness
    return (await this.#describeTool(tool)).readiness
  }

  async doctor(fresh = false): Promise<Doctor> {
    const [runtimes, tools, gpus] = await Promise.all([this.runtimes(fresh), this.tools(fresh), this.#parts.gpus()])
    if (fresh || this.#checkedAt === '') this.#checkedAt = new Date().toISOString()
    const checks = [
      // Where a built-in runtime lies says nothing to the user; what it is does.
      ...runtimes.map(({ id, title, readiness: { path: _path, ...readiness } }) =>
        check(`runtime-${id}`, title, readiness, 'benchmarks'),
      ),
      ...tools.map(({ id, title, readiness, purpose }) => check(`tool-${id}`, title, readiness, purpose)),
      ...gpuChecks(gpus),
    ]
    const notices = this.#parts.settingsNotices().map(
      (found, index): Check => ({
        id: `settings-${index}`,
        title: 'Settings',
        state: 'warning',
        found,
        readyFor: 'what could be read holds; the rest is at its default',
      }),
    )
    return { checkedAt: this.#checkedAt, checks: [...notices, ...checks] }
  }

  async #describeTool(tool: Tool): Promise<ToolInfo> {
    const configuredPath = this.#parts.toolPaths()[tool.id]
    const readiness = await looked(() => tool.find(configuredPath === undefined ? {} : { configuredPath }))
    const { id, title, purpose } = tool
    return { id, title, purpose, readiness, ...(configuredPath === undefined ? {} : { configuredPath }) }
  }
}

const NOT_LOOKED_AT: Readiness = { ready: false, why: 'Nobody asked for it' }

function describeRuntime(runtime: Runtime, readiness: Readiness): RuntimeInfo {
  const { id, title, device, includes, precisions, usual, options } = runtime
  return {
    id,
    title,
    device,
    includes: [...includes],
    precisions: [...precisions],
    ...(usual === undefined ? {} : { usual: [...usual] }),
    readiness,
    optionsSchema: z.toJSONSchema(options, { io: 'input' }),
  }
}

/** A look that fails is an answer too: not ready, and why. */
async function looked(look: () => Promise<Readiness>): Promise<Readiness> {
  try {
    return await look()
  } catch (thrown) {
    return { ready: false, why: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

function check(id: string, title: string, readiness: Readiness, readyFor: string): Check {
  const { ready, version, path, why, hint } = readiness
  const found = [version, path === undefined ? undefined : `in ${path}`].filter(part => part !== undefined).join(' ')
  return {
    id,
    title,
    state: ready ? 'ok' : found === '' ? 'missing' : 'warning',
    found: found || (ready ? 'built in' : (why ?? 'not found')),
    readyFor,
    ...(hint === undefined ? {} : { hint }),
  }
}
