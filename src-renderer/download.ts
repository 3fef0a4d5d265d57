/** Offers bytes or text as a file; the browser or the window asks where to. */
export function download(data: Blob | string, fileName: string): void {
  const blob = typeof data === 'string' ? new Blob([data], { type: 'text/plain;charset=utf-8' }) : data
  const address = URL.createObjectURL(blob)
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.download = fileName
  anchor.click()
  // The download starts after this task; a released address would give an empty file in some browsers.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
