import type { FromEngine, ToEngine } from './channels.ts'

/** The engine as this door needs it. */
export interface ServedEngine<Port> {
  /** Answers the contract on the port until it closes. */
  serve(port: Port): void
  /** Cancels jobs, closes sessions. */
  close(): Promise<void>
}

/** Electron's `process.parentPort`, as far as it is used. @see https://www.electronjs.org/docs/latest/api/parent-port */
export interface ParentPort<Port> {
  on(event: 'message', listener: (event: { data: ToEngine; ports: Port[] }) => void): unknown
  postMessage(message: FromEngine): void
}

/**
 * The engine's side of `EngineHost`. Ports that come before the engine is up wait for it. An engine that cannot start is
 * reported and left to main to end: a message posted right before `process.exit` may be lost.
 */
export function serveParent<Port extends { start(): void }>(
  parent: ParentPort<Port>,
  opening: Promise<ServedEngine<Port>>,
  exit: (code: number) => void,
): void {
  opening.then(
    () => parent.postMessage({ type: 'ready' }),
    (error: unknown) => parent.postMessage({ type: 'failed', ...describe(error) }),
  )
  parent.on('message', ({ data, ports }) => {
    switch (data.type) {
      case 'connect':
        void opening.then(engine => connect(engine, ports), ignoreReported)
        break
      case 'shutdown':
        void opening
          .then(engine => engine.close())
          .then(
            () => exit(0),
            (error: unknown) => {
              console.error(error)
              exit(1)
            },
          )
        break
      default:
        data satisfies never
    }
  })
}

/** Listeners first: a started port delivers at once. */
function connect<Port extends { start(): void }>(engine: ServedEngine<Port>, ports: readonly Port[]): void {
  for (const port of ports) {
    engine.serve(port)
    port.start()
  }
}

/** The failure to open was already sent to main, once, above. */
function ignoreReported(): void {}

function describe(error: unknown): { message: string; detail: string } {
  if (!(error instanceof Error)) return { message: String(error), detail: '' }
  return { message: error.message, detail: error.stack ?? '' }
}
