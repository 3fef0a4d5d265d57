import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { defineTool } from './define.ts'
import { probe } from './readiness.ts'

/** What `python/describe.py` prints. */
const PythonFacts = z.object({
  python: z.string(),
  executable: z.string(),
  packages: z.record(z.string(), z.string()),
})
type PythonFacts = z.infer<typeof PythonFacts>

/** The user's Python interpreter. */
export const python = defineTool({
  id: 'python',
  title: 'Python',
  purpose: 'Runs what torch.profiler captures: scripts, functions, TorchScript and torchvision models.',
  find: context =>
    probe(
      {
        search: {
          names: ['python3', 'python'],
          ...(process.env.VIRTUAL_ENV ? { usualFolders: [`${process.env.VIRTUAL_ENV}/bin`] } : {}),
        },
        args: ['-'],
        stdin: readFileSync(new URL('python/describe.py', import.meta.url), 'utf8'),
        version: ({ stdout }) => pythonVersion(stdout),
        hint: 'Install Python 3.9 or newer, or set the path of your environment’s python in Settings.',
      },
      context,
    ),
})

/** "3.11.2 · torch 2.15.0 · onnxruntime 1.30.0" from what `describe.py` printed. */
export function pythonVersion(stdout: string): string | undefined {
  const facts = describedPython(stdout)
  if (facts === undefined) return undefined
  return [facts.python, ...Object.entries(facts.packages).map(([name, version]) => `${name} ${version}`)].join(' · ')
}

function describedPython(stdout: string): PythonFacts | undefined {
  try {
    return PythonFacts.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  } catch {
    return undefined // it printed something else: not a usable Python, `probe` says what
  }
}
