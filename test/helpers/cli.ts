import { spawn } from 'node:child_process'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
export const BATCHSCOPE = join(ROOT, 'src-main', 'faces', 'batchscope.ts')

export interface CliEnd {
  code: number | null
  stdout: string
  stderr: string
}

/** The real command line in its own process, with its own data folder. */
export function batchscope(
  args: string[],
  { dataDir, cwd, env }: { dataDir: string; cwd?: string; env?: Record<string, string> },
): Promise<CliEnd> {
  const child = spawn(process.execPath, [BATCHSCOPE, ...args], {
    cwd: cwd ?? dataDir,
    env: {
      ...process.env,
      BATCHSCOPE_DATA_DIR: join(dataDir, 'data'),
      BATCHSCOPE_FAKE_RUNTIME: '1',
      HOME: dataDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}
