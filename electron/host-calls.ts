import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { PAGE_ORIGIN, TO_MAIN } from './channels.ts'
import type { ElectronApi, PageEvent, WindowApi } from './electron-api.ts'

const Text = z.string().max(1000)
const AbsolutePath = z
  .string()
  .max(32_768)
  .refine(path => isAbsolute(path) && !path.includes('\0'))

const Filters = z.array(z.object({ name: Text, extensions: z.array(z.string().regex(/^(\*|[\w.-]+)$/)) }))
const OpenOptions = z.object({
  title: Text,
  filters: Filters,
  multiple: z.boolean().optional(),
  folder: z.boolean().optional(),
})
const SaveOptions = z.object({ title: Text, defaultPath: z.string().max(32_768).optional(), filters: Filters })
const Document = z.object({ path: AbsolutePath.optional(), title: Text })
const Theme = z.enum(['system', 'light', 'dark'])

/** The part of the desktop that host calls reach. */
export interface HostTarget {
  /** The window whose page this is; undefined for a page that is none of ours. */
  windowOf(contents: PageEvent['sender']): WindowApi | undefined
  pageListens(window: WindowApi): void
  connectEngine(window: WindowApi): void
}

/** A call that did not come from the page's own top frame, or carried something else than agreed. A bug or an attack. */
export class RefusedCall extends Error {
  constructor(channel: string, why: string) {
    super(`${channel} refused: ${why}`)
    this.name = 'RefusedCall'
  }
}

/**
 * The main process's half of the host bridge (src-renderer/host/host.ts). Each call is taken only from the top frame of
 * one of our windows while it shows our page, and only in the agreed shape.
 * @see https://www.electronjs.org/docs/latest/tutorial/security item 17
 */
export function answerHostCalls(
  api: Pick<ElectronApi, 'app' | 'dialog' | 'ipcMain' | 'nativeTheme' | 'shell'>,
  target: HostTarget,
): void {
  const { app, dialog, ipcMain, nativeTheme, shell } = api
  /** Document last named, by window id. */
  const shown = new Map<number, string | undefined>()

  function checked<T>(channel: string, event: PageEvent, schema: z.ZodType<T>, value: unknown): [WindowApi, T] {
    const window = target.windowOf(event.sender)
    const frame = event.senderFrame
    if (window === undefined || frame === null || frame.parent !== null || frame.origin !== PAGE_ORIGIN) {
      throw new RefusedCall(channel, 'not from the page of a window')
    }
    const parsed = schema.safeParse(value)
    if (!parsed.success) throw new RefusedCall(channel, z.prettifyError(parsed.error))
    return [window, parsed.data]
  }

  /** A refused one-way call has nobody to answer to: it is written to the log and nothing happens. */
  function listen<T>(channel: string, schema: z.ZodType<T>, act: (window: WindowApi, value: T) => void): void {
    ipcMain.on(channel, (event, value) => {
      try {
        act(...checked(channel, event, schema, value))
      } catch (error) {
        if (!(error instanceof RefusedCall)) throw error
        console.error(error.message)
      }
    })
  }

  ipcMain.handle(TO_MAIN.openDialog, async (event, value) => {
    const [window, { title, filters, multiple, folder }] = checked(TO_MAIN.openDialog, event, OpenOptions, value)
    const chosen = await dialog.showOpenDialog(window, {
      title,
      filters,
      properties: folder ? ['openDirectory'] : multiple ? ['openFile', 'multiSelections'] : ['openFile'],
    })
    return chosen.canceled ? [] : chosen.filePaths
  })

  ipcMain.handle(TO_MAIN.saveDialog, async (event, value) => {
    const [window, { title, defaultPath, filters }] = checked(TO_MAIN.saveDialog, event, SaveOptions, value)
    const chosen = await dialog.showSaveDialog(window, {
      title,
      filters,
      properties: ['createDirectory', 'showOverwriteConfirmation'],
      ...(defaultPath !== undefined && { defaultPath }),
    })
    return chosen.canceled || chosen.filePath === '' ? undefined : chosen.filePath
  })

  listen(TO_MAIN.revealInFolder, AbsolutePath, (_window, path) => shell.showItemInFolder(path))
  listen(TO_MAIN.setTheme, Theme, (_window, theme) => {
    nativeTheme.themeSource = theme
  })
  listen(TO_MAIN.setDocument, Document, (window, { path, title }) => {
    window.setTitle(title)
    window.setRepresentedFilename(path ?? '')
    // The page says so with every change of place; the system's list wants to hear of a document once.
    if (path !== undefined && path !== shown.get(window.id)) app.addRecentDocument(path)
    shown.set(window.id, path)
  })
  listen(TO_MAIN.requestEnginePort, z.undefined(), window => target.connectEngine(window))
  listen(TO_MAIN.pageListens, z.undefined(), window => target.pageListens(window))
}
