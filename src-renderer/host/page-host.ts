import type { FileFilter } from './host.ts'

export type Theme = 'system' | 'light' | 'dark'

export interface PickOptions {
  title: string
  filters: FileFilter[]
  multiple?: boolean
  /** A folder instead of files. */
  folder?: boolean
}

export interface SaveOptions {
  title: string
  /** File name offered; the user chooses the folder. */
  suggestedName: string
  filters: FileFilter[]
}

/** Bytes sent of all bytes, while dropped files travel to the engine's machine. */
export interface UploadProgress {
  fileName: string
  doneBytes: number
  totalBytes: number
}

/** What pages ask for, the same in the window and in a browser tab. Paths are paths on the engine's machine. */
export interface Host {
  readonly kind: 'window' | 'browser'
  readonly platform: string
  /** Empty when the user cancelled. */
  pickFiles(options: PickOptions): Promise<string[]>
  /** Absent when the user cancelled. */
  pickSavePath(options: SaveOptions): Promise<string | undefined>
  /** Paths of dropped files. In a browser the files are sent to the engine first; `signal` stops that. */
  droppedPaths(
    files: readonly File[],
    options?: { onProgress?: (progress: UploadProgress) => void; signal?: AbortSignal },
  ): Promise<string[]>
  /** Shows the file in the system's file manager; absent where there is none. */
  reveal?: (path: string) => void
  /** Hands text to the user as a file. */
  download(text: string, fileName: string): void
  /** Title of window or tab. */
  setDocument(document: { path?: string; title: string }): void
  setTheme(theme: Theme): void
  /** Menu items and double-clicked files, as commands. @returns a function that stops listening */
  onCommand(listener: (commandId: string, argument?: string) => void): () => void
}

export const MODEL_FILTER: FileFilter = { name: 'Models', extensions: ['onnx'] }
/** Results of other programs: tables, logs, exports. What a file holds is told by its content. */
export const RESULTS_FILTER: FileFilter = { name: 'Results', extensions: ['csv', 'json', 'log', 'txt', 'ckpt'] }
/** Traces: PyTorch, Chrome, ONNX Runtime (JSON), Nsight Systems. */
export const TRACE_FILTER: FileFilter = {
  name: 'Traces',
  extensions: ['json', 'gz', 'sqlite', 'nsys-rep', 'qdrep'],
}
export const SESSION_FILTER: FileFilter = { name: 'Batchscope sessions', extensions: ['bscope'] }
