import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Tool } from '../../native-tools/define.ts'
import { findProgram } from '../../native-tools/find-program.ts'
import { nsys, nsysVersion } from '../../native-tools/nsys.ts'
import { gpuFacts, gpuQueryArgs, nvidiaSmi, parseGpus } from '../../native-tools/nvidia-smi.ts'
import { python, pythonVersion } from '../../native-tools/python.ts'
import { boundTo, taskset, tasksetArgv } from '../../native-tools/taskset.ts'
import { trtexec } from '../../native-tools/trtexec.ts'
import { trtexecVersion } from '../../native-tools/trtexec-abilities.ts'

const PATH = process.env.PATH ?? ''
afterEach(() => {
  process.env.PATH = PATH
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'batchscope-tools-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** An executable that stands in for a tool: prints what was recorded from the real one. */
function double(name: string, stdout: string, { exitCode = 0, stderr = '', sleepS = 0, into = folder() } = {}): string {
  const path = join(into, name)
  mkdirSync(into, { recursive: true })
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const script = [
    '#!/bin/sh',
    `printf %s ${quoted(stdout)}`,
    `printf %s ${quoted(stderr)} >&2`,
    `sleep ${sleepS}`,
    `exit ${exitCode}`,
  ]
  writeFileSync(path, `${script.join('\n')}\n`)
  chmodSync(path, 0o755)
  return path
}

const posix = describe.skipIf(process.platform === 'win32')

posix('finding a program', () => {
  test('the configured path comes first, as the file or its folder, and a wrong one is not passed over', () => {
    const into = folder()
    const path = double('trtexec', '', { into })
    expect(findProgram({ names: ['trtexec'], configuredPath: path })).toBe(path)
    expect(findProgram({ names: ['trtexec'], configuredPath: into })).toBe(path)
    process.env.PATH = into
    expect(() => findProgram({ names: ['trtexec'], configuredPath: '/nope' })).toThrowError(
      expect.objectContaining({ code: 'TOOL_MISSING', data: expect.objectContaining({ where: '/nope' }) }),
    )
  })

  test('PATH comes before the usual folders; among those the newest version wins', () => {
    const root = folder()
    const old = double('nsys', '', { into: join(root, '2024.6.1', 'bin') })
    const recent = double('nsys', '', { into: join(root, '2025.1.3', 'bin') })
    const search = { names: ['nsys'], usualFolders: [`${root}/*/bin`] }
    process.env.PATH = ''
    expect(findProgram(search)).toBe(recent)
    process.env.PATH = join(old, '..')
    expect(findProgram(search)).toBe(old)
  })

  test('folders and files that cannot be executed are not programs', () => {
    const into = folder()
    mkdirSync(join(into, 'nsys'))
    writeFileSync(join(into, 'trtexec'), 'data')
    process.env.PATH = into
    for (const name of ['nsys', 'trtexec']) {
      expect(() => findProgram({ names: [name] })).toThrowError(expect.objectContaining({ code: 'TOOL_MISSING' }))
    }
  })
})

const ALL: readonly Tool[] = [nvidiaSmi, trtexec, nsys, python, taskset]

posix('asking for readiness', () => {
  test.each(ALL)('$id: absent, it says why and how to get it', async tool => {
    process.env.PATH = ''
    const answer = await tool.find({ configuredPath: join(folder(), 'absent') })
    expect(answer.ready).toBe(false)
    expect(answer.why).toMatch(/\w/)
    expect(answer.hint ?? answer.why).toMatch(/\w/)
  })

  test.each([
    nvidiaSmi,
    trtexec,
    nsys,
    python,
  ])('$id: present but mute or broken, it says what happened', async tool => {
    const broken = double(tool.id, '', { exitCode: 127, stderr: 'error while loading shared libraries: libx.so.8\n' })
    const answer = await tool.find({ configuredPath: broken })
    expect(answer).toMatchObject({ ready: false, path: broken })
    expect(answer.why).toMatch(/exit code 127.*libx\.so\.8/)
  })

  test('a program that hangs is given up after two seconds', async () => {
    const answer = await nsys.find({ configuredPath: double('nsys', '', { sleepS: 30 }) })
    expect(answer).toMatchObject({ ready: false, why: expect.stringMatching(/within 2 s/) })
  })

  test('a program for another kind of machine is an answer, not a crash', async () => {
    const path = join(folder(), 'nsys')
    writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 9, 9, 9, 9]))
    chmodSync(path, 0o755)
    expect(await nsys.find({ configuredPath: path })).toMatchObject({ ready: false, why: expect.stringMatching(/./) })
  })

  test('nsys tells its version', async () => {
    const path = double('nsys', 'NVIDIA Nsight Systems version 2023.4.4.54-234433681190v0\n')
    expect(await nsys.find({ configuredPath: path })).toEqual({ ready: true, path, version: '2023.4.4' })
    expect(nsysVersion('nsys: command not found')).toBeUndefined()
  })

  test('trtexec tells its version in the banner of --help', async () => {
    const path = double(
      'trtexec',
      '&&&& RUNNING TensorRT.trtexec [TensorRT v101601] [b11] # trtexec --help\n=== Model Options ===\n',
    )
    expect(await trtexec.find({ configuredPath: path })).toEqual({ ready: true, path, version: '10.16.1' })
  })

  test('Python tells its version and which of our libraries it has', async () => {
    const described = {
      python: '3.11.7',
      executable: '/usr/bin/python3',
      packages: { torch: '2.15.0', onnxruntime: '1.30.0' },
    }
    const path = double('python3', `${JSON.stringify(described)}\n`)
    expect(await python.find({ configuredPath: path })).toEqual({
      ready: true,
      path,
      version: '3.11.7 · torch 2.15.0 · onnxruntime 1.30.0',
    })
    expect(pythonVersion('Python 3.11.7')).toBeUndefined()
  })
})

test.each([
  ['v8003', '8.0.3'],
  ['v8410', '8.4.10'],
  ['v8601', '8.6.1'],
  ['v100900', '10.9.0'],
  ['v101601', '10.16.1'],
  ['v110100', '11.1.0'],
])('TensorRT %s is %s', (banner, version) => {
  expect(trtexecVersion(`&&&& RUNNING TensorRT.trtexec [TensorRT ${banner}] # trtexec`)).toBe(version)
})

test('a banner without a version is TensorRT 7 or older; no banner is not trtexec', () => {
  expect(trtexecVersion('&&&& RUNNING TensorRT.trtexec # ./trtexec --help')).toBe('7 or older')
  expect(trtexecVersion('Usage: something else')).toBeUndefined()
})

describe('GPUs', () => {
  // In the form of nvidia-smi's documentation for --format=csv,noheader,nounits; the values are made up.
  const row =
    'NVIDIA H100 80GB HBM3, GPU-11111111-2222-3333-4444-555555555555, 550.54.15, 81559, 4, 700.00, 345, 1980, 2619, Enabled, Default, Disabled, 31, 0, 0x0000000000000001'
  const laptop =
    'NVIDIA GeForce RTX 3060 Laptop GPU, GPU-6, 551.86, 6144, 312, [N/A], 210, 2100, 405, [N/A], Default, [N/A], 44, 3, 0x0000000000000000'

  test('facts carry their units; what a GPU does not have is left out', () => {
    const facts = parseGpus(`${row}\n${laptop}\n`)
    expect(facts).toMatchObject({
      gpus: 2,
      gpu0Name: 'NVIDIA H100 80GB HBM3',
      gpu0MemoryTotalMiB: 81559,
      gpu0PowerLimitW: 700,
    })
    expect(facts).toMatchObject({
      gpu0Driver: '550.54.15',
      gpu1SmClockMaxMHz: 2100,
      gpu1ThrottleReasons: '0x0000000000000000',
    })
    expect(Object.keys(facts)).not.toContain('gpu1PowerLimitW')
    expect(Object.keys(facts)).not.toContain('gpu1MigMode')
  })

  test('the query asks for as many fields as a row is read with', () => {
    expect(gpuQueryArgs()[0]?.split(',')).toHaveLength(row.split(', ').length)
    expect(gpuQueryArgs()[1]).toBe('--format=csv,noheader,nounits')
  })

  test.skipIf(process.platform === 'win32')(
    'no driver: none found; a driver that fails: unknown, with its words',
    async () => {
      process.env.PATH = ''
      expect(await gpuFacts(join(folder(), 'absent'))).toEqual({ gpus: 'none found' })
      process.env.PATH = PATH
      const said = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"
      expect(await gpuFacts(double('nvidia-smi', said, { exitCode: 9 }))).toEqual({
        gpus: 'unknown',
        nvidiaSmi: said.trim(),
      })
      expect(await gpuFacts(double('nvidia-smi', `${row}\n`))).toMatchObject({ gpus: 1, gpu0SmClockMHz: 345 })
      expect(await gpuFacts(double('nvidia-smi', 'No devices were found\n'))).toEqual({ gpus: 'none found' })
    },
  )
})

test('taskset gets its cores as one argument; what is no core list is refused before anything starts', () => {
  expect(tasksetArgv('/usr/bin/taskset', '0,2-3')).toEqual(['/usr/bin/taskset', '-c', '0,2-3'])
  for (const wrong of ['', 'a', '0,', '-1', '0 1', '1-']) {
    expect(() => boundTo(wrong), wrong).toThrowError(expect.objectContaining({ code: 'USAGE' }))
  }
})

test.skipIf(process.platform !== 'linux')(
  'without taskset, choosing cores is RUNTIME_UNAVAILABLE with a way out',
  () => {
    process.env.PATH = ''
    expect(() => boundTo('0')).toThrowError(
      expect.objectContaining({
        code: 'RUNTIME_UNAVAILABLE',
        data: expect.objectContaining({ hint: expect.stringMatching(/util-linux/) }),
      }),
    )
  },
)
