import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const CACHE = new URL('../../.cache/', import.meta.url).pathname
const PACKAGES = ['onnxruntime==1.30.0', 'numpy==2.4.6']

const Ready = z.object({ ready: z.string(), outputs: z.array(z.tuple([z.number(), z.number()])) })
/** `cpuShare`: CPU time ÷ wall time; below 1 the process was not let run all the time. */
const Slice = z.object({ count: z.int(), medianUs: z.number(), cpuShare: z.number() })

/** A living process of one side, asked for slices one after another. */
export interface Side {
  version: string
  /** Per output: bytes, mean of absolute values. */
  outputs: [bytes: number, mean: number][]
  slice(durationMs: number): Promise<z.infer<typeof Slice>>
  end(): void
}

/** Python of a virtual environment under test/.cache with pinned packages; made when it is not there. */
export function pythonWithOnnxRuntime(say: (text: string) => void): string {
  const folder = join(CACHE, 'ort-vs-python')
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (!existsSync(python)) {
    say('making a Python environment')
    mkdirSync(CACHE, { recursive: true })
    execFileSync(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder])
  }
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], {
    stdio: 'inherit',
  })
  return python
}

export function pythonSide(python: string, args: readonly string[]): Promise<Side> {
  return startSide(python, [join(import.meta.dirname, 'python-side.py'), ...args])
}

export function nodeSide(args: readonly string[]): Promise<Side> {
  return startSide(process.execPath, [join(import.meta.dirname, 'node-side.ts'), ...args])
}

async function startSide(program: string, args: string[]): Promise<Side> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await answers.next()
    if (done) throw new Error(`${program} ${args.join(' ')} ended without an answer`)
    return JSON.parse(value)
  }
  const { ready, outputs } = Ready.parse(await answer())
  return {
    version: ready,
    outputs,
    async slice(durationMs) {
      child.stdin.write(`${durationMs}\n`)
      return Slice.parse(await answer())
    },
    end: () => child.stdin.end(),
  }
}
