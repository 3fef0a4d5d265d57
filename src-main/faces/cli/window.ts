import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EngineError } from '#domain/errors.ts'
import { shippedPath } from '../../app-info.ts'
import { type Serving, serve } from '../serve/serve.ts'
import { openWindow } from '../window.ts'
import type { CliContext } from './common.ts'
import { parseInteger } from './values.ts'

export interface ServeCliOptions {
  port?: number
  host?: string
  root?: string[]
}

export function registerServe(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('the same app in a browser, from this machine')
    .option('--port <n>', 'port; 0: any free one (default: 0)', parseInteger)
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--root <folder>', 'folder the page may browse, repeatable', (folder: string, before: string[] = []) => [
      ...before,
      folder,
    ])
    .addHelpText(
      'after',
      '\nExamples:\n  batchscope serve --root ~/models\n  ssh -L 8700:localhost:8700 gpubox batchscope serve --port 8700 --root /data/models',
    )
    .action((options: ServeCliOptions) => serveUntilStopped(options, context))
}

export function registerOpen(program: Command, context: CliContext): void {
  program
    .command('open', { isDefault: true })
    .description('open the app, on a session, trace or model if one is given')
    .argument('[file]', 'session (.bscope), trace or model')
    .addHelpText('after', '\nExamples:\n  batchscope open study.bscope\n  batchscope open model.onnx')
    .action((file: string | undefined) => open(file, context))
}

/** The window where a display and Electron's binary are there, else a browser tab's address. */
async function open(file: string | undefined, context: CliContext): Promise<void> {
  const path = file === undefined ? undefined : resolve(file)
  if (path !== undefined && !existsSync(path)) {
    throw new EngineError('FILE_NOT_FOUND', 'The file does not exist', { where: path })
  }
  const opened = await openWindow(path === undefined ? [] : [path], context.signal)
  if (opened.kind === 'window') return
  context.terminal.err(`No window here (${opened.why}); serving the app for a browser instead.\n`)
  await serveUntilStopped({}, context, path)
}

/** Prints the address on stdout once it answers, then runs until Ctrl+C. */
async function serveUntilStopped(options: ServeCliOptions, context: CliContext, file?: string): Promise<void> {
  if (!existsSync(shippedPath('dist', 'renderer', 'index.html'))) {
    throw new EngineError('FILE_NOT_FOUND', 'The page is not built', { hint: 'npm run build' })
  }
  const folders = options.root ?? [process.cwd()]
  const { engine } = await context.engine({
    browseRoots: file === undefined ? folders : [...folders, resolve(file, '..')],
  })
  const serving = await serve(engine, { host: options.host ?? '127.0.0.1', port: options.port ?? 0 })
  context.terminal.out(`${addressFor(serving, file)}\n`)
  if (serving.isPublic) {
    context.terminal.err(
      'Anyone on the network who has this address can use it, and the traffic is not encrypted. An SSH tunnel is safer.\n',
    )
  }
  context.terminal.err('Ctrl+C stops it.\n')
  await new Promise<void>(stop => {
    if (context.signal.aborted) stop()
    else context.signal.addEventListener('abort', () => stop(), { once: true })
  })
  await serving.close()
}

/** The page opens the file that its address names. */
function addressFor({ url }: Serving, file: string | undefined): string {
  return file === undefined ? url : `${url}&open=${encodeURIComponent(file)}`
}
