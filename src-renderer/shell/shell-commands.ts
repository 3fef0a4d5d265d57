import { formatBytes } from '#domain/display.ts'
import { engine } from '../engine.ts'
import { host, MODEL_FILTER, RESULTS_FILTER, SESSION_FILTER, type Theme, TRACE_FILTER } from '../host/index.ts'
import { app } from './app-state.svelte.ts'
import type { Command } from './commands.svelte.ts'
import { openPath } from './opening.ts'
import { pages } from './pages.ts'
import { router } from './router.svelte.ts'
import { toasts } from './toasts.svelte.ts'
import { view } from './view-state.svelte.ts'

/** What is possible on every page. Reads state, so the list follows it. */
export function shellCommands(): Command[] {
  return [...pageCommands(), ...sessionCommands(), ...viewCommands(), ...runCommands()]
}

function pageCommands(): Command[] {
  return pages
    .filter(page => page.order !== undefined)
    .map(page => ({
      id: `go.${page.id}`,
      title: page.title,
      group: 'Go to',
      ...(page.keys ? { keys: page.keys } : {}),
      run: () => router.go(page.route),
    }))
}

function sessionCommands(): Command[] {
  const info = app.session?.info
  const hasSession = () => info !== undefined
  const group = 'Session'
  return [
    { id: 'bench.new', title: 'New benchmark', group, keys: ['Mod+N', 'Alt+N'], run: () => router.go('/new') },
    { id: 'session.open', title: 'Open a session, model or results', group, keys: ['Mod+O'], run: chooseAndOpen },
    { id: 'session.new', title: 'New session', group, run: newSession },
    { id: 'session.open-sample', title: 'Open the sample session', group, run: openSample },
    { id: 'session.save-as', title: 'Save session as', group, keys: ['Mod+Shift+S'], when: hasSession, run: saveAs },
    { id: 'session.duplicate', title: 'Duplicate session', group, when: hasSession, run: duplicate },
    {
      id: 'session.compact',
      title: 'Compact session',
      group,
      when: () => info !== undefined && !info.readOnly,
      run: compact,
    },
    { id: 'session.report-md', title: 'Save report as Markdown', group, when: hasSession, run: () => saveReport('md') },
    { id: 'session.report-csv', title: 'Save report as CSV', group, when: hasSession, run: () => saveReport('csv') },
    { id: 'session.report-json', title: 'Save report as JSON', group, when: hasSession, run: () => saveReport('json') },
    { id: 'session.close', title: 'Close session', group, when: hasSession, run: close },
    {
      id: 'file.open',
      title: 'Open a file',
      group,
      hidden: true,
      run: async path => {
        if (path !== undefined) await openPath(path)
      },
    },
  ]
}

function viewCommands(): Command[] {
  const group = 'View'
  const theme = (id: Theme, title: string): Command => ({
    id: `theme.${id}`,
    title,
    group,
    run: () => app.setSettings({ theme: id }),
  })
  return [
    {
      id: 'palette.open',
      title: 'Search or run a command',
      group,
      keys: ['Mod+K', 'Mod+Shift+P'],
      run: () => view.toggle('palette'),
    },
    { id: 'keys.show', title: 'Keyboard shortcuts', group, keys: ['?'], run: () => view.toggle('keys') },
    {
      id: 'view.sidebar',
      title: 'Show or hide the sidebar',
      group,
      keys: ['Mod+B'],
      run: () => view.toggle('sidebar'),
    },
    theme('system', 'Theme: follow the system'),
    theme('light', 'Theme: light'),
    theme('dark', 'Theme: dark'),
  ]
}

function runCommands(): Command[] {
  const hasRuns = () => (app.session?.runs.length ?? 0) > 0
  return [
    { id: 'run.next', title: 'Next run', group: 'Go to', keys: ['Alt+ArrowDown'], when: hasRuns, run: () => step(1) },
    {
      id: 'run.previous',
      title: 'Previous run',
      group: 'Go to',
      keys: ['Alt+ArrowUp'],
      when: hasRuns,
      run: () => step(-1),
    },
  ]
}

async function chooseAndOpen(): Promise<void> {
  const [path] = await host.pickFiles({
    title: 'Open a session, trace, model or results',
    filters: [
      {
        name: 'Sessions, traces, models and results',
        extensions: [
          ...new Set([SESSION_FILTER, TRACE_FILTER, MODEL_FILTER, RESULTS_FILTER].flatMap(filter => filter.extensions)),
        ],
      },
    ],
  })
  if (path !== undefined) await openPath(path)
}

async function newSession(): Promise<void> {
  await app.createSession()
  router.go('/session')
}

async function openSample(): Promise<void> {
  await app.openSample()
  router.go('/session')
}

async function saveAs(): Promise<void> {
  const name = app.session?.info.name
  if (name === undefined) return
  const path = await host.pickSavePath({
    title: 'Save session as',
    suggestedName: `${name.replaceAll(/[/\\]/g, '-')}.bscope`,
    filters: [SESSION_FILTER],
  })
  if (path === undefined) return
  await app.saveAs(path, true) // the dialog has asked before
  toasts.show(`Saved as ${path}`)
}

async function duplicate(): Promise<void> {
  const sessionId = app.session?.info.sessionId
  if (sessionId === undefined) return
  const { path } = await engine.sessions.duplicate({ sessionId })
  toasts.show(`Copied to ${path}`, { action: { label: 'Open copy', run: () => openPath(path) } })
}

async function compact(): Promise<void> {
  const sessionId = app.session?.info.sessionId
  if (sessionId === undefined) return
  const { bytesBefore, bytesAfter } = await engine.sessions.compact({ sessionId })
  toasts.show(`Compacted from ${formatBytes(bytesBefore)} to ${formatBytes(bytesAfter)}`)
}

async function saveReport(format: 'md' | 'csv' | 'json'): Promise<void> {
  const sessionId = app.session?.info.sessionId
  if (sessionId === undefined) return
  const { text, fileName } = await engine.sessions.report({ sessionId, format })
  host.download(text, fileName)
}

async function close(): Promise<void> {
  await app.closeSession()
  router.go('/')
}

/** Through the runs in the sidebar's order. */
function step(by: 1 | -1): void {
  const ids = view.runOrder
  const present = router.path.match(/^\/run\/(.+)$/)?.[1]
  const index = present === undefined ? -1 : ids.indexOf(decodeURIComponent(present))
  const next = ids[index === -1 ? (by === 1 ? 0 : ids.length - 1) : (index + by + ids.length) % ids.length]
  if (next !== undefined) router.go('/run/:runId', { runId: next })
}
