import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { FileEntry } from '#contract/system.ts'
import { ResultDocument } from '#domain/document.ts'
import type { Doctor, RuntimeInfo, ToolInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { Point } from '#domain/point.ts'
import type { Run } from '#domain/run.ts'
import type { Settings } from '#domain/settings.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { nsys } from '../native-tools/nsys.ts'
import { gpuFacts, nvidiaSmi } from '../native-tools/nvidia-smi.ts'
import { appInfo, shippedPath } from './app-info.ts'
import { FORMATS, RULES, RUNTIMES, TOOLS } from './catalog.ts'
import { MachineDesk } from './desks/machine-desk.ts'
import { PathGuard } from './desks/path-guard.ts'
import { profilePoints } from './desks/profile-points.ts'
import { ReportDesk } from './desks/report-desk.ts'
import { RepositoryDesk } from './desks/repository-desk.ts'
import { RunDesk } from './desks/run-desk.ts'
import { ServerDesk } from './desks/server-desk.ts'
import { SessionDesk } from './desks/session-desk.ts'
import { TraceDesk } from './desks/trace-desk.ts'
import { judgeAll } from './findings/define.ts'
import { Runner } from './jobs/runner.ts'
import { inspectModel } from './models/inspect.ts'
import { benchKind } from './runs/bench/bench.ts'
import { buildKind } from './runs/build/build.ts'
import { captureKind } from './runs/capture/capture.ts'
import { waysToProfile } from './runs/capture/point.ts'
import { importKind } from './runs/import/import.ts'
import { pipelineKind } from './runs/pipeline/pipeline.ts'
import { searchKind } from './runs/search/search.ts'
import { sweepKind } from './runs/sweep/sweep.ts'
import { isGpu } from './runs/watch-gpus.ts'
import { OpenSessions } from './session/open-sessions.ts'
import { TraceStore } from './trace-cache/trace-store.ts'
import { INDEX_VERSION } from './traces/manifest.ts'
import { listFolder } from './user-data/browse.ts'
import { ChangedModels } from './user-data/changed-models.ts'
import { cacheFolder, dataFolder, defaultSessionFolder } from './user-data/paths.ts'
import { RecentSessions } from './user-data/recent-sessions.ts'
import { SettingsFile } from './user-data/settings-file.ts'
import { Uploads } from './user-data/uploads.ts'

/** Indexes of traces beyond this are removed, those used longest ago first; they can be made again. */
const TRACE_CACHE_BYTES = 20 * 2 ** 30

export interface EngineOptions {
  /** Settings, recents, uploads; absent: the user's data folder. */
  dataFolder?: string
  /** Only in the server face: folders a page may see, besides session folder and settings. Absent: any path. */
  browseRoots?: readonly string[]
  /** Also offers the runtimes made for tests. */
  showHidden?: boolean
}

/** All that the faces do, a desk per area of the contract. */
export interface Engine {
  sessions: SessionDesk
  runs: RunDesk
  reports: ReportDesk
  servers: ServerDesk
  repository: RepositoryDesk
  traces: TraceDesk
  models: { inspect(path: string, signal?: AbortSignal): Promise<Model>; samplePath: string }
  runtimes: { list(fresh: boolean): Promise<RuntimeInfo[]> }
  tools: { list(fresh: boolean): Promise<ToolInfo[]> }
  settings: { get(): Settings; set(patch: Partial<Settings>): Settings }
  system: {
    info(): {
      appVersion: string
      commit: string
      platform: string
      nodeVersion: string
      sessionFolder: string
      dataFolder: string
    }
    doctor(fresh: boolean): Promise<Doctor>
    schema(): Record<string, unknown>
    browse(path?: string): Promise<{ path?: string; parent?: string; entries: FileEntry[] }>
    uploadBegin(file: { name: string; bytes: number }): Promise<{ uploadId: string }>
    uploadChunk(chunk: { uploadId: string; offset: number; data: Blob }): Promise<void>
    uploadEnd(uploadId: string): Promise<{ path: string }>
  }
  /** Cancels jobs, closes sessions. What was measured is in the files. */
  close(): Promise<void>
}

/** The one place where rooms meet. Starts nothing but itself: no tool is looked for before it is asked for. */
export function createEngine(options: EngineOptions = {}): Engine {
  const app = appInfo()
  const data = options.dataFolder ?? dataFolder()
  const settings = new SettingsFile(data)
  const uploads = new Uploads(data)
  const changedModels = new ChangedModels(data)
  const sessionFolder = () => settings.get().sessionFolder ?? defaultSessionFolder()
  const browseRoots = () => [sessionFolder(), ...settings.get().browseRoots, ...(options.browseRoots ?? [])]
  const guard =
    options.browseRoots === undefined
      ? new PathGuard()
      : new PathGuard(() => [...browseRoots(), uploads.folder, shippedPath('resources')])
  const runtimes = RUNTIMES.filter(runtime => options.showHidden === true || runtime.hidden !== true)
  const machine = new MachineDesk({
    runtimes,
    tools: TOOLS,
    toolPaths: () => settings.get().toolPaths,
    settingsNotices: () => [...settings.notices(), ...changedModels.notices()],
    gpus: () => gpuFacts(settings.get().toolPaths[nvidiaSmi.id]),
  })
  const runner = new Runner()
  const open = new OpenSessions(app.version)
  const sessions = new SessionDesk({ open, recents: new RecentSessions(data), runner, guard, sessionFolder })
  const waysOf = (run: Run, point: Point) =>
    waysToProfile(run, point, { runtimes, runtimeInfos: ids => machine.runtimesFor(ids) })
  const bench = benchKind({
    runtimes,
    runtimeInfos: ids => machine.runtimesFor(ids),
    toolPaths: () => settings.get().toolPaths,
    judge: points =>
      judgeAll(RULES, {
        points,
        ...(points.some(point => point.throttledShare !== undefined)
          ? { watchedPoints: points.filter(({ device }) => isGpu(device)) }
          : {}),
      }),
    profilePoints: run => profilePoints(run, { open, runner, capture: () => capture, waysToProfile: waysOf }),
    app,
  })
  const search = searchKind({
    app,
    changed: changedModels,
    judge: points => judgeAll(RULES, { searched: points }),
  })
  const sweep = sweepKind({ app, judge: (points, model) => judgeAll(RULES, { server: { points, model } }) })
  const toolPaths = () => settings.get().toolPaths
  const traces = new TraceStore({
    folder:
      options.dataFolder === undefined ? join(cacheFolder(), 'traces') : join(options.dataFolder, 'cache', 'traces'),
    indexVersion: INDEX_VERSION,
    limitBytes: TRACE_CACHE_BYTES,
    nsys: findNsys,
  })
  async function findNsys() {
    const configuredPath = toolPaths()[nsys.id]
    const { ready, path, version } = await nsys.find(configuredPath === undefined ? {} : { configuredPath })
    if (!ready || path === undefined) return undefined
    return { path, ...(version === undefined ? {} : { version }) }
  }
  const reading = { traces, judgeTrace: (trace: TraceFacts) => judgeAll(RULES, { trace }) }
  const imported = importKind({
    ...reading,
    app,
    formats: FORMATS,
    nsys: findNsys,
    judge: points =>
      judgeAll(RULES, {
        ...(points.some(point => point.runtime === 'triton') ? { server: { points } } : { points }),
        ...(points.some(point => point.serverConfig) ? { searched: points } : {}),
      }),
  })
  const capture = captureKind({
    ...reading,
    app,
    runtimes,
    runtimeInfos: ids => machine.runtimesFor(ids),
    tool: id => machine.readyTool(id),
  })
  const pipeline = pipelineKind({ app, bench, tool: id => machine.readyTool(id) })
  const build = buildKind({ app, tool: id => machine.readyTool(id) })
  const repository = new RepositoryDesk({
    guard,
    inspect: inspectModel,
    toolPaths,
    async hasGpu() {
      const configuredPath = toolPaths()[nvidiaSmi.id]
      return (await nvidiaSmi.find(configuredPath ? { configuredPath } : {})).ready
    },
  })
  return {
    sessions,
    runs: new RunDesk({
      kinds: [bench, build, search, sweep, imported, capture, pipeline],
      runner,
      sessions,
      guard,
      waysToProfile: waysOf,
    }),
    reports: new ReportDesk(sessions),
    servers: new ServerDesk(guard),
    repository,
    traces: new TraceDesk({ store: traces, sessions, guard }),
    models: {
      samplePath: shippedPath('resources', 'sample-model.onnx'),
      async inspect(path, signal) {
        await guard.check(path)
        return inspectModel(path, signal)
      },
    },
    runtimes: { list: fresh => machine.runtimes(fresh) },
    tools: { list: fresh => machine.tools(fresh) },
    settings: { get: () => settings.get(), set: patch => settings.set(patch) },
    system: {
      info: () => ({
        appVersion: app.version,
        commit: app.commit,
        platform: process.platform,
        nodeVersion: process.version,
        sessionFolder: sessionFolder(),
        dataFolder: data,
      }),
      doctor: fresh => machine.doctor(fresh),
      schema: () => z.toJSONSchema(ResultDocument),
      browse: path =>
        listFolder(options.browseRoots === undefined ? [homedir(), ...browseRoots()] : browseRoots(), path),
      uploadBegin: file => uploads.begin(file),
      uploadChunk: chunk => uploads.chunk(chunk),
      uploadEnd: uploadId => uploads.end(uploadId),
    },
    async close() {
      const closing = sessions.closeAll() // cancels what runs; nobody waits for the partial trace of an import
      await traces.close()
      await closing
      await repository.close()
    },
  }
}
