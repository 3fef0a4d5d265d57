import type { FileFilter } from './host.ts'

/** One question to the user of a browser tab, answered by `<FileBrowser>`. */
export interface FileRequest {
  mode: 'open' | 'folder' | 'save'
  title: string
  filters: FileFilter[]
  multiple: boolean
  suggestedName: string
  answer: (paths: string[]) => void
}

class FileRequests {
  current = $state.raw<FileRequest>()

  ask(request: Omit<FileRequest, 'answer'>): Promise<string[]> {
    this.current?.answer([])
    return new Promise(resolve => {
      const answer = (paths: string[]) => {
        if (this.current?.answer === answer) this.current = undefined
        resolve(paths)
      }
      this.current = { ...request, answer }
    })
  }
}

export const fileRequests = new FileRequests()
