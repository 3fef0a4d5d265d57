import { execFileSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { tempFolder } from './temp-folder.ts'

/** A file system of its own in memory. Making one takes root on Linux; elsewhere the reason why not. */
export type Mounted = { folder: string; makeReadOnly(): void } | { why: string }

/** @param kiB size limit; unmounted when the test ends */
export function mountTmpfs(kiB: number): Mounted {
  if (process.platform !== 'linux') return { why: 'needs tmpfs, which only Linux has' }
  const folder = tempFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kiB}k`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch (thrown) {
    return { why: `needs the right to mount: ${thrown instanceof Error ? thrown.message.split('\n').at(-1) : thrown}` }
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' })
  })
  return {
    folder,
    makeReadOnly: () => {
      execFileSync('mount', ['-o', 'remount,ro', folder], { stdio: 'pipe' })
    },
  }
}
