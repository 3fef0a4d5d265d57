import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { findProgram, findProgramIfAny, findPrograms } from './find-program.ts'

const NAMES = ['python3', 'python']
const BIN = process.platform === 'win32' ? 'Scripts' : 'bin'

/** A Python of the user's, and how it is known. */
export interface Interpreter {
  path: string
  origin: 'active environment' | 'project environment' | 'PATH' | 'conda' | 'pyenv' | 'uv'
}

/**
 * The interpreter that is meant.
 * @param wanted an interpreter, the folder of an environment, a program's name on PATH, or the name of an environment of
 *   conda, pyenv or uv; empty: Settings decide, and without them the active environment and PATH
 * @param configured from Settings
 * @throws EngineError TOOL_MISSING
 */
export function interpreterPath(wanted = '', configured = ''): string {
  if (wanted !== '') return named(wanted)
  if (configured !== '') return at(configured)
  const { VIRTUAL_ENV: active } = process.env
  return (active === undefined ? undefined : inEnvironment(active)) ?? findProgram({ names: NAMES })
}

function named(wanted: string): string {
  if (/[\\/]/.test(wanted) || wanted.startsWith('~') || existsSync(wanted)) return at(wanted)
  const program = findProgramIfAny({ names: [wanted] })
  if (program !== undefined) return program
  const environments = findInterpreters().map(({ path }) => ({ path, name: basename(dirname(dirname(path))) }))
  const found = environments.find(({ name }) => name === wanted)
  if (found !== undefined) return found.path
  throw new EngineError('TOOL_MISSING', `There is no Python called ${wanted}`, {
    where: wanted,
    hint: 'Give the path of an interpreter or of an environment’s folder.',
    detail: `Environments here: ${environments.map(({ name }) => name).join(', ') || 'none'}`,
  })
}

/** An interpreter, its folder, or the folder of an environment. */
function at(path: string): string {
  return inEnvironment(path) ?? findProgram({ names: NAMES, configuredPath: path })
}

function inEnvironment(folder: string): string | undefined {
  return findProgramIfAny({ names: NAMES, configuredPath: join(folder, BIN) })
}

/** Every Python here: active environment, the project's, PATH, conda, pyenv, uv. The same one once. */
export function findInterpreters(): Interpreter[] {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env
  const found: Interpreter[] = []
  const add = (origin: Interpreter['origin'], folders: readonly (string | undefined)[]) => {
    for (const folder of folders) {
      const path = folder === undefined ? undefined : inEnvironment(folder)
      if (path !== undefined) found.push({ path, origin })
    }
  }
  add('active environment', [VIRTUAL_ENV, CONDA_PREFIX])
  add('project environment', ['.venv', 'venv'])
  found.push(...findPrograms({ names: NAMES }).map((path): Interpreter => ({ path, origin: 'PATH' })))
  add('conda', condaEnvironments())
  add('pyenv', foldersIn(join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')))
  add('uv', foldersIn(join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'uv', 'python')))
  return [...new Map(found.toReversed().map(one => [identity(one.path), one])).values()].toReversed()
}

/** Whether an environment has a package's folder. Looks at files only: asking every Python takes seconds. */
export function hasPackage(python: string, name: string): boolean {
  const environment = dirname(dirname(python))
  const folders = [
    join(environment, 'Lib', 'site-packages'),
    ...foldersIn(join(environment, 'lib')).map(folder => join(folder, 'site-packages')),
  ]
  return folders.some(folder => existsSync(join(folder, name)))
}

/** An environment's interpreter is mostly a link to the one it was made with, but has packages of its own. */
function identity(path: string): string {
  const folder = realpathSync(dirname(path))
  return existsSync(join(dirname(folder), 'pyvenv.cfg')) ? folder : realpathSync(path)
}

/** conda keeps a list of every environment it made, beside the usual folders. */
function condaEnvironments(): string[] {
  const roots = ['miniconda3', 'anaconda3', 'miniforge3', 'mambaforge', 'micromamba']
  const folders = [...roots.map(name => join(homedir(), name)), '/opt/conda', '/opt/miniconda3', '/opt/anaconda3']
  return [...listed(), ...folders, ...folders.flatMap(folder => foldersIn(join(folder, 'envs')))]
}

function listed(): string[] {
  try {
    const text = readFileSync(join(homedir(), '.conda', 'environments.txt'), 'utf8')
    return text.split(/\r?\n/).filter(line => line !== '')
  } catch {
    return [] // no conda
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map(name => join(folder, name))
  } catch {
    return [] // not installed
  }
}
