import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { contract } from '#contract'
import type { ResultDocument } from '#domain/document.ts'
import type { RunEvent } from '#domain/run.ts'
import type { SessionEvent, SessionView } from '#domain/session.ts'
import { DEFAULT_SETTINGS, type Settings } from '#domain/settings.ts'
import { model, plan } from '../pages/samples.ts'
import { attachments, BUILD_PROGRESS, buildPlan, buildRuns, type KeptAttachment } from './build-fixtures.ts'
import { doctor, logLines, recent, runs, runtimes, samples, sessionView, summaryOf, tools } from './fixtures.ts'
import { serverDouble } from './server-double.ts'
import { SweepDouble } from './sweep-double.ts'
import { sweepPlan } from './sweep-fixtures.ts'
import { traceDouble } from './trace-double.ts'
import { IMPORT_PROGRESS, traceRun, WAYS_TO_PROFILE } from './trace-fixtures.ts'

/** The run that stands for a new one of a kind. */
const STARTED: Readonly<Record<string, string>> = { capture: 'trace3', build: 'build2' }

/**
 * An engine inside the page, behind a real MessagePort and the real contract: it measures nothing and keeps a little
 * state, so that the whole page can be driven without Node. `?session` in the first address opens the fixture session,
 * `?session=builds` one of engines.
 */
export class EngineDouble {
  #settings: Settings = DEFAULT_SETTINGS
  #session: SessionView | undefined
  #watchers = new Set<(event: SessionEvent) => void>()
  #ports: MessagePort[] = []
  readonly sweep = new SweepDouble()
  /** What runs keep beside their points; tests put more in. */
  readonly attachments: Record<string, readonly KeptAttachment[]> = { ...attachments }

  constructor({ session, builds = false }: { session: boolean; builds?: boolean }) {
    if (session) this.#session = builds ? { ...sessionView(), runs: buildRuns.map(summaryOf) } : sessionView()
  }

  /** The page's end of a new connection. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    new RPCHandler(this.#router()).upgrade(port2)
    port2.start()
    this.#ports.push(port2)
    return port1
  }

  /** As when the engine process dies. */
  disconnect(): void {
    for (const port of this.#ports.splice(0)) port.close()
  }

  /** What every watcher of the session sees. */
  emit(event: SessionEvent): void {
    for (const watcher of this.#watchers) watcher(event)
  }

  get watcherCount(): number {
    return this.#watchers.size
  }

  #open(change: Partial<SessionView['info']>): SessionView {
    this.#session = sessionView(change)
    return this.#session
  }

  #router() {
    const os = implement(contract)
    const self = this
    const found = (runId: string) =>
      self.sweep.run(runId) ?? traceRun(runId) ?? [...runs, ...buildRuns].find(run => run.id === runId)
    return os.router({
      ...serverDouble(),
      ...traceDouble(),
      sessions: {
        recent: os.sessions.recent.handler(() => recent),
        forgetRecent: os.sessions.forgetRecent.handler(() => {}),
        create: os.sessions.create.handler(() => ({ ...self.#open({ name: 'new-session' }), runs: [] })),
        open: os.sessions.open.handler(({ input, errors }) => {
          if (input.path.includes('gone'))
            throw errors.FILE_NOT_FOUND({ message: 'There is no such file.', data: { where: input.path } })
          return self.#open({ path: input.path })
        }),
        openSample: os.sessions.openSample.handler(() =>
          self.#open({ name: 'sample', readOnly: true, readOnlyReason: 'The sample is read-only.' }),
        ),
        close: os.sessions.close.handler(() => {
          self.#session = undefined
          self.emit({ type: 'ended' })
        }),
        get: os.sessions.get.handler(() => self.#session ?? sessionView()),
        opened: os.sessions.opened.handler(() => (self.#session ? [self.#session] : [])),
        watch: os.sessions.watch.handler(async function* ({ signal }) {
          const queue: SessionEvent[] = []
          let wake = () => {}
          const watcher = (event: SessionEvent) => {
            queue.push(event)
            wake()
          }
          self.#watchers.add(watcher)
          try {
            while (signal?.aborted !== true) {
              const event = queue.shift()
              if (event) yield event
              else await new Promise<void>(resolve => (wake = resolve))
            }
          } finally {
            self.#watchers.delete(watcher)
          }
        }),
        update: os.sessions.update.handler(({ input }) =>
          self.#open({ ...(input.name ? { name: input.name } : {}), ...(input.notes ? { notes: input.notes } : {}) }),
        ),
        saveAs: os.sessions.saveAs.handler(({ input }) => self.#open({ path: input.path })),
        duplicate: os.sessions.duplicate.handler(() => ({ path: '/home/me/resnet-study copy.bscope' })),
        compact: os.sessions.compact.handler(() => ({ bytesBefore: 2_000_000, bytesAfter: 1_000_000 })),
        document: os.sessions.document.handler(() => documentOf(self.#session ?? sessionView())),
        report: os.sessions.report.handler(({ input }) => ({
          text: '# report\n',
          fileName: `resnet-study.${input.format}`,
        })),
      },
      runs: {
        plan: os.runs.plan.handler(({ input }) =>
          input.kind === 'sweep' ? sweepPlan(input.spec) : input.kind === 'build' ? buildPlan(input.spec) : plan(),
        ),
        start: os.runs.start.handler(({ input }) => ({
          runId: input.kind === 'sweep' ? self.sweep.start() : (STARTED[input.kind] ?? 'run3'),
        })),
        attachments: os.runs.attachments.handler(({ input }) =>
          (self.attachments[input.runId] ?? []).filter(({ kind }) => input.kind === undefined || kind === input.kind),
        ),
        get: os.runs.get.handler(({ input, errors }) => {
          const run = found(input.runId)
          if (!run)
            throw errors.NOT_FOUND({ message: 'There is no such run in this session.', data: { where: input.runId } })
          return run
        }),
        watch: os.runs.watch.handler(async function* ({ input, signal }): AsyncGenerator<RunEvent, void, void> {
          if (self.sweep.run(input.runId)) {
            yield* self.sweep.watch(input.afterSeq)
            return
          }
          const run = found(input.runId)
          if (!run) return
          for (const [seq, line] of logLines.entries()) yield { seq, type: 'log', line }
          const seq = logLines.length
          if (run.status !== 'running') {
            yield { seq, type: 'ended', status: run.status }
            return
          }
          if (run.kind === 'build') {
            for (const [index, progress] of BUILD_PROGRESS.entries())
              yield { seq: seq + index, type: 'progress', progress }
            await new Promise(resolve => signal?.addEventListener('abort', resolve, { once: true }))
            return
          }
          yield {
            seq,
            type: 'progress',
            progress:
              run.kind === 'import'
                ? IMPORT_PROGRESS
                : { fraction: 0.4, etaMs: 12_000, phase: 'batch 8: measuring', pointsDone: 3, pointsTotal: 8 },
          }
          await new Promise(resolve => signal?.addEventListener('abort', resolve, { once: true }))
        }),
        cancel: os.runs.cancel.handler(() => {}),
        stop: os.runs.stop.handler(() => {}),
        waysToProfile: os.runs.waysToProfile.handler(() => WAYS_TO_PROFILE),
        pause: os.runs.pause.handler(() => self.sweep.pause(true)),
        resume: os.runs.resume.handler(() => self.sweep.pause(false)),
        update: os.runs.update.handler(({ input }) => ({
          ...summaryOf(found(input.runId) ?? fail()),
          ...(input.title ? { title: input.title } : {}),
        })),
        delete: os.runs.delete.handler(({ input }) => self.emit({ type: 'run-removed', runId: input.runId })),
        restore: os.runs.restore.handler(({ input }) => {
          const run = summaryOf(found(input.runId) ?? fail())
          self.emit({ type: 'run', run })
          return run
        }),
        samples: os.runs.samples.handler(() => {
          const latenciesMs = samples(4044)
          return {
            warmup: 12,
            columns: [
              {
                name: 'latency',
                unit: 'ms',
                dtype: 'f64' as const,
                count: latenciesMs.length,
                data: new Blob([latenciesMs]),
              },
            ],
          }
        }),
      },
      models: {
        inspect: os.models.inspect.handler(({ input }) =>
          model({ path: input.path, name: input.path.split('/').at(-1) ?? '' }),
        ),
        sample: os.models.sample.handler(() => ({ path: '/app/sample-model.onnx' })),
      },
      runtimes: { list: os.runtimes.list.handler(() => runtimes) },
      tools: { list: os.tools.list.handler(() => tools) },
      settings: {
        get: os.settings.get.handler(() => self.#settings),
        set: os.settings.set.handler(({ input }) => {
          self.#settings = { ...self.#settings, ...input }
          return self.#settings
        }),
      },
      system: {
        doctor: os.system.doctor.handler(() => doctor),
        info: os.system.info.handler(() => ({
          appVersion: '0.1.0',
          commit: 'unknown',
          platform: 'linux',
          nodeVersion: 'v24',
          sessionFolder: '/home/me',
          dataFolder: '/home/me/.local/share/batchscope',
        })),
        schema: os.system.schema.handler(() => ({})),
        browse: os.system.browse.handler(({ input }) => browse(input.path)),
        uploadBegin: os.system.uploadBegin.handler(() => ({ uploadId: 'u1' })),
        uploadChunk: os.system.uploadChunk.handler(() => {}),
        uploadEnd: os.system.uploadEnd.handler(() => ({ path: '/uploads/dropped.onnx' })),
      },
    })
  }
}

function documentOf({ info }: SessionView): ResultDocument {
  const { name, path, createdAt, notes, appVersion } = info
  return {
    format: 'batchscope/1',
    session: { name, path, createdAt, notes, appVersion },
    runs: runs.map(({ id, kind, title, status, command, points, findings }) => ({
      id,
      kind,
      title,
      status,
      command,
      points,
      findings,
    })),
  }
}

/** Two folders and a few files, as a server would list them. */
function browse(path?: string) {
  if (path === undefined) return { entries: [{ name: 'models', path: '/models', kind: 'folder' as const }] }
  if (path !== '/models') throw new Error(`the double has no folder ${path}`)
  return {
    path,
    entries: [
      { name: 'resnet18.onnx', path: '/models/resnet18.onnx', kind: 'file' as const, bytes: 46_800_000 },
      { name: 'study.bscope', path: '/models/study.bscope', kind: 'file' as const, bytes: 1_200_000 },
      { name: 'notes.txt', path: '/models/notes.txt', kind: 'file' as const, bytes: 12 },
    ],
  }
}

function fail(): never {
  throw new Error('no such run in the fixtures')
}
