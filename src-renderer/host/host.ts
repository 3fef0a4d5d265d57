/** What differs between the desktop window and a browser tab. Pages ask the host, never the platform. */

export interface FileFilter {
  name: string
  extensions: string[]
}

/** The bridge that Electron's preload puts on `window.batchscopeHost`. Nothing else crosses the wall. */
export interface HostBridge {
  platform: string
  openDialog(options: { title: string; filters: FileFilter[]; multiple?: boolean; folder?: boolean }): Promise<string[]>
  saveDialog(options: { title: string; defaultPath?: string; filters: FileFilter[] }): Promise<string | undefined>
  /** Path of a dropped or chosen file. */
  pathForFile(file: File): string
  revealInFolder(path: string): void
  /** Title bar, recent documents, represented file. */
  setDocument(document: { path?: string; title: string }): void
  setTheme(theme: 'system' | 'light' | 'dark'): void
  /** Native menu items and double-clicked files arrive as commands of the one registry. */
  onCommand(listener: (commandId: string, argument?: string) => void): () => void
  /** The preload then posts `batchscope:engine-port` with one MessagePort to the window. */
  requestEnginePort(): void
}

declare global {
  interface Window {
    batchscopeHost?: HostBridge
  }
}
