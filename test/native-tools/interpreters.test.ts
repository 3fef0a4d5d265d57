import { chmodSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { findInterpreters, hasPackage, interpreterPath } from '../../native-tools/interpreters.ts'
import { pythonFacts } from '../../native-tools/python-facts.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

afterEach(() => void vi.unstubAllEnvs())

/** An environment whose interpreter is a script; @returns its folder */
function environment(root: string, name: string, script = 'exit 0'): string {
  const folder = join(root, name)
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(join(folder, 'pyvenv.cfg'), '')
  const path = join(folder, 'bin', 'python3')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return folder
}

test.skipIf(process.platform === 'win32')('the one that is named counts, then Settings, then the active one', () => {
  const root = tempFolder()
  const [wanted, configured, active] = ['wanted', 'configured', 'active'].map(name => environment(root, name))
  const python = (folder?: string) => join(folder ?? '', 'bin', 'python3')
  vi.stubEnv('VIRTUAL_ENV', active)
  expect(interpreterPath(wanted, configured)).toBe(python(wanted))
  expect(interpreterPath(python(wanted), configured)).toBe(python(wanted))
  expect(interpreterPath('', configured)).toBe(python(configured))
  expect(interpreterPath()).toBe(python(active))
})

test.skipIf(process.platform === 'win32')('environments of conda, pyenv and uv are found, and by name', () => {
  const root = tempFolder()
  vi.stubEnv('HOME', root)
  vi.stubEnv('VIRTUAL_ENV', '')
  vi.stubEnv('PYENV_ROOT', join(root, 'pyenv'))
  vi.stubEnv('XDG_DATA_HOME', join(root, 'data'))
  const vision = environment(join(root, 'miniconda3', 'envs'), 'vision')
  const listed = environment(join(root, 'elsewhere'), 'listed')
  mkdirSync(join(root, '.conda'))
  writeFileSync(join(root, '.conda', 'environments.txt'), `${listed}\n${vision}\n/gone\n`)
  const old = environment(join(root, 'pyenv', 'versions'), '3.9.1')
  const quick = environment(join(root, 'data', 'uv', 'python'), 'cpython-3.13')
  const found = findInterpreters().filter(({ path }) => path.startsWith(root))
  expect(found).toEqual([
    { path: join(listed, 'bin', 'python3'), origin: 'conda' },
    { path: join(vision, 'bin', 'python3'), origin: 'conda' },
    { path: join(old, 'bin', 'python3'), origin: 'pyenv' },
    { path: join(quick, 'bin', 'python3'), origin: 'uv' },
  ])
  expect(interpreterPath('vision')).toBe(join(vision, 'bin', 'python3'))
  mkdirSync(join(vision, 'lib', 'python3.11', 'site-packages', 'torch'), { recursive: true })
  expect(found.filter(({ path }) => hasPackage(path, 'torch'))).toEqual([found[1]])
})

test('a name that nobody has says which there are', () => {
  expect(() => interpreterPath('no-such-environment')).toThrow(/no Python called no-such-environment/)
  expect(() => interpreterPath('/no/such/folder')).toThrow(expect.objectContaining({ code: 'TOOL_MISSING' }))
})

test.skipIf(process.platform === 'win32')('it is asked again only when its packages change', async () => {
  const root = tempFolder()
  const packages = join(root, 'packages')
  mkdirSync(packages)
  const facts = JSON.stringify({
    python: '3.11.2',
    executable: '/x',
    build: {},
    cudaDevices: 0,
    rocmDevice: false,
    packages,
  })
  const folder = environment(root, 'counted', `echo asked >> ${root}/asked\necho '${facts}'`)
  const python = join(folder, 'bin', 'python3')
  const asked = () => readFileSync(join(root, 'asked'), 'utf8').split('\n').length - 1
  await Promise.all([pythonFacts(python), pythonFacts(python)])
  expect(await pythonFacts(python)).toMatchObject({ python: '3.11.2' })
  expect(asked()).toBe(1)
  utimesSync(packages, 1, 1)
  await pythonFacts(python)
  expect(asked()).toBe(2)
})

test.skipIf(process.platform === 'win32')('a program that is no Python says so, and is asked again', async () => {
  const folder = environment(tempFolder(), 'broken', 'echo "{not json"; exit 3')
  const python = join(folder, 'bin', 'python3')
  for (const _ of [1, 2]) {
    await expect(pythonFacts(python)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/exit code 3/),
    })
  }
})
