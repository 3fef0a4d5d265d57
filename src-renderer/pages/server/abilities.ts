import type { Ability, ServerInfo } from '#domain/server.ts'

export interface ShownAbility {
  id: string
  title: string
  /** What this app does with it. */
  about: string
  has: boolean
  why?: string
  hint?: string
}

/** What each ability gives here, and how a server is made to offer it where the engine does not say better. */
const KNOWN: Readonly<Record<string, { title: string; about: string; hint: string }>> = {
  statistics: {
    title: 'Statistics',
    about: 'queue and compute times, server batches',
    hint: 'Give the header that opens it under Connection; PyTriton wants its access token.',
  },
  metrics: {
    title: 'Metrics',
    about: 'GPU utilisation, power, memory, pending requests',
    hint: 'Start the server with --allow-metrics=true and open its port 8002, or give the metrics address under Connection.',
  },
  systemSharedMemory: {
    title: 'System shared memory',
    about: 'requests without copying tensors through the network',
    hint: 'From 2.69 on the server refuses it: start it with --allow-client-shm=true. Client and server share one host.',
  },
  cudaSharedMemory: {
    title: 'CUDA shared memory',
    about: 'tensors stay on the GPU',
    hint: 'Needs a GPU on this machine, and --allow-client-shm=true from 2.69 on.',
  },
  repository: {
    title: 'Model list',
    about: 'all models with state and reason of failure',
    hint: 'Give the header that opens model-repository under Connection.',
  },
  modelControl: {
    title: 'Load and unload',
    about: 'models and configurations changed while it runs',
    hint: 'Start the server with --model-control-mode=explicit.',
  },
  trace: {
    title: 'Trace',
    about: 'time stamps of single requests',
    hint: 'Start the server with --trace-config triton,file=trace.json.',
  },
  logging: { title: 'Log settings', about: 'how much the server logs', hint: 'Open the logging API of the server.' },
}

/** Abilities in a fixed order, those that the server lacks first: they are what a person has to read. */
export function shownAbilities({ abilities }: Pick<ServerInfo, 'abilities'>): ShownAbility[] {
  const order = Object.keys(KNOWN)
  const place = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length)
  return Object.entries(abilities)
    .map(([id, ability]) => shown(id, ability))
    .toSorted((a, b) => Number(a.has) - Number(b.has) || place(a.id) - place(b.id))
}

function shown(id: string, { has, why, hint }: Ability): ShownAbility {
  const known = KNOWN[id]
  const text = { id, title: known?.title ?? id, about: known?.about ?? '', has }
  return has ? { ...text, ...(why ? { why } : {}) } : { ...text, why: why ?? 'Not offered', hint: hint ?? known?.hint }
}

export function isMissing(info: ServerInfo | undefined, id: string): boolean {
  return info?.abilities[id]?.has === false
}
