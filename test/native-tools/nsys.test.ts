import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { nsys } from '../../native-tools/nsys.ts'
import { nsysAbilities, nsysCaptureArgs, nsysExportArgs } from '../../native-tools/nsys-args.ts'
import { NsysOutput, nsysExportPercent, nsysExportProblem } from '../../native-tools/nsys-output.ts'
import { NsysCaptureSpec } from '../../src-main/domain/capture-spec.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const spec = (rest: Record<string, unknown> = {}) =>
  NsysCaptureSpec.parse({ tool: 'nsys', command: ['python3', 'train.py', '--lr', '1'], ...rest })
const args = (rest: Record<string, unknown> = {}, output = '/out/report') =>
  nsysCaptureArgs(spec(rest), { version: '2023.4.4', output })

describe.skipIf(process.platform === 'win32')('finding nsys', () => {
  const PATH = process.env.PATH
  afterEach(() => {
    process.env.PATH = PATH
  })
  const copy = (root: string, folder: string, script: string) => {
    mkdirSync(join(root, folder))
    writeFileSync(join(root, folder, 'nsys'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(root, folder, 'nsys'), 0o755)
    return join(root, folder)
  }
  const says = (version: string) => `echo "NVIDIA Nsight Systems version ${version}.54-1v0"`

  test('of several the newest that works; a configured one wins over all', async () => {
    const root = tempFolder()
    const old = copy(root, 'old', says('2025.3.2'))
    const recent = copy(root, 'recent', says('2025.10.1'))
    const broken = copy(root, 'broken', 'echo "missing libssh" >&2; exit 127')
    process.env.PATH = [broken, old, recent].join(':')
    expect(await nsys.find({})).toEqual({ ready: true, version: '2025.10.1', path: join(recent, 'nsys') })
    expect(await nsys.find({ configuredPath: old })).toMatchObject({ version: '2025.3.2' })
  })
})

/** Some lines of the real help of nsys 2022.4.2. */
const HELP_2022 = `
\t-t, --trace=

\t   Possible values are 'cuda', 'nvtx', 'cublas', 'osrt', 'cudnn' or 'none'.
\t   Select the API(s) to trace.

\t-s, --sample=

\t   Possible values are 'process-tree', 'system-wide' or 'none'.

\t--cpuctxsw=

\t--cuda-graph-trace=

\t--gpu-metrics-device=
`

describe('arguments of a capture', () => {
  test.each([
    ['quick', ['--trace=cuda,nvtx,osrt,cudnn,cublas', '--sample=none', '--cpuctxsw=none']],
    [
      'cuda-graph-nodes',
      ['--trace=cuda,nvtx,cudnn,cublas', '--sample=none', '--cpuctxsw=none', '--cuda-graph-trace=node'],
    ],
    ['tensorrt', ['--trace=cuda,nvtx,cudnn,cublas', '--sample=none', '--cpuctxsw=none', '--cuda-graph-trace=node']],
    [
      'python',
      ['--trace=cuda,nvtx,osrt,cudnn,cublas,python-gil', '--sample=none', '--cpuctxsw=none', '--python-sampling=true'],
    ],
  ])('preset %s', (preset, options) => {
    expect(args({ preset }).argv).toEqual([
      'profile',
      ...options,
      '--show-output=true',
      '--stop-on-exit=true',
      '--force-overwrite=true',
      '--output=/out/report',
      'python3',
      'train.py',
      '--lr',
      '1',
    ])
  })

  test('every option of the spec wins over the preset', () => {
    const { argv, notices } = args({
      preset: 'cuda-graph-nodes',
      trace: ['cuda'],
      sample: 'process-tree',
      cudaGraphTrace: 'graph',
      captureRange: 'cudaProfilerApi',
      delaySec: 1.5,
      durationSec: 3,
      cudaMemoryUsage: true,
      pythonSampling: true,
      gpuMetrics: true,
    })
    expect(argv.slice(1, -9)).toEqual([
      '--trace=cuda',
      '--sample=process-tree',
      '--cuda-graph-trace=graph',
      '--python-sampling=true',
      '--cuda-memory-usage=true',
      '--gpu-metrics-devices=all',
      '--capture-range=cudaProfilerApi',
      '--capture-range-end=stop',
      '--delay=1.5',
    ])
    expect(argv).toContain('--duration=3')
    expect(notices).toEqual([])
  })

  test('what an old nsys does not know is left out and said', () => {
    const { argv, notices } = nsysCaptureArgs(spec({ preset: 'python', gpuMetrics: true }), {
      version: '2022.4.2',
      output: '/out/report',
      abilities: nsysAbilities(HELP_2022),
    })
    expect(argv.slice(1, 5)).toEqual([
      '--trace=cuda,nvtx,osrt,cudnn,cublas',
      '--sample=none',
      '--cpuctxsw=none',
      '--gpu-metrics-device=all',
    ])
    expect(notices).toEqual([
      'nsys 2022.4.2 cannot trace python-gil: left out',
      'nsys 2022.4.2 has no --python-sampling: left out, no Python stacks are recorded',
    ])
  })

  test('a path keeps its percent signs, which nsys would replace; a word never becomes an option', () => {
    expect(args({}, '/out/100%h $(x)').argv).toContain('--output=/out/100%%h $(x)')
    expect(() => args({ command: ['--version'] })).toThrowError(expect.objectContaining({ code: 'SPEC_INVALID' }))
    expect(args({ command: ['./a b', '-o', ';rm'] }).argv.slice(-3)).toEqual(['./a b', '-o', ';rm'])
  })
})

function read(stdout: readonly string[], stderr: readonly string[] = []) {
  const output = new NsysOutput()
  const progress = [
    ...stdout.map(text => output.line('stdout', text)),
    ...stderr.map(text => output.line('stderr', text)),
  ]
  return { ...output.report(), progress: progress.filter(each => each !== undefined) }
}

/** Texts as nsys 2022.4.2 and 2023.4.4 print them, recorded here. */
describe('what nsys prints', () => {
  test('progress and path among the output of the program', () => {
    const report = read([
      'hello from target',
      "Generating '/tmp/nsys-report-017b.qdstrm'",
      '[1/1] [0%                          ] a.nsys-rep',
      '[1/1] [=============59%            ] a.nsys-rep',
      '[1/1] [========================100%] a.nsys-rep',
      'Generated:',
      '    /home/me/a b/a.nsys-rep',
    ])
    expect(report).toEqual({
      path: '/home/me/a b/a.nsys-rep',
      notices: [],
      progress: [0, 59, 100].map(percent => ({ phase: 'report', percent, step: '1/1' })),
    })
  })

  test('a program that prints the same words does not fool it: the last list counts', () => {
    expect(
      read([
        'Generated:',
        '    /tmp/mine.nsys-rep',
        'other text',
        'Generated:',
        '    /real/a.nsys-rep',
        '    /real/a.sqlite',
      ]).path,
    ).toBe('/real/a.nsys-rep')
  })

  test('the report may lie in another place than it was told', () => {
    const { path, notices, problem } = read(
      ['Generated:', '    /tmp/nsys-report-1ef6.nsys-rep'],
      ["Failed to create '/nope/b.nsys-rep': No such file or directory."],
    )
    expect([path, problem]).toEqual(['/tmp/nsys-report-1ef6.nsys-rep', undefined])
    expect(notices).toEqual([expect.stringContaining('/nope/b.nsys-rep (No such file or directory)')])
  })

  test.each([
    [
      'Executable not found in current directory or standard search paths',
      'FILE_NOT_FOUND',
      'The program to profile was not found',
    ],
    ["Illegal --trace argument 'bogus'.", 'SPEC_INVALID', 'nsys does not take bogus for --trace'],
    ['Illegal --sample argument: foo.', 'SPEC_INVALID', 'nsys does not take foo for --sample'],
    ["unrecognised option '--bogus=1'", 'SPEC_INVALID', 'This nsys has no option --bogus=1'],
    ['something nobody has seen', 'TOOL_FAILED', 'nsys ended without a report'],
  ])('%s', (stderr, code, message) => {
    expect(read([], [stderr]).problem).toMatchObject({
      code,
      message,
      data: { detail: expect.stringContaining(stderr) },
    })
  })

  test('a recording without its importer is a problem although nsys ended well', () => {
    const report = read(
      ["Generating '/tmp/nsys-report-8716.qdstrm'", 'Generated:', '    /home/me/qd.qdstrm'],
      [
        'Importer error status: The importer binary and its dependencies were not found.',
        'Unable to retrieve the importer version: skipping importation of the QDSTRM file.',
      ],
    )
    expect(report.path).toBeUndefined()
    expect(report.rawPath).toBe('/home/me/qd.qdstrm')
    expect(report.problem).toMatchObject({ code: 'TOOL_FAILED', data: { hint: expect.stringContaining('importer') } })
  })
})

describe('export', () => {
  test('arguments and progress', () => {
    expect(nsysExportArgs('/in/a.nsys-rep', '/out/a.sqlite')).toEqual([
      'export',
      '--type=sqlite',
      '--force-overwrite=true',
      '--output=/out/a.sqlite',
      '/in/a.nsys-rep',
    ])
    expect(nsysExportPercent('Processing 13556 events: [===45%       ]')).toBe(45)
    expect(nsysExportPercent('Exporting 542 events: [100%]')).toBe(100)
    expect(nsysExportPercent('anything')).toBeUndefined()
  })

  test.each([
    [
      'Report was created in Nsight Systems version (2026.1.3.425-1), newer than your current version (2023.4.4.54-2).',
      'TOOL_FAILED',
      /written by nsys 2026\.1\.3; the nsys here is 2023\.4\.4/,
    ],
    ['Version number is invalid: 2023@4@4@54-234433681190v0', 'TOOL_FAILED', /written by nsys 2023\.4\.4/],
    ["File not found: 'nope.nsys-rep'.", 'FILE_NOT_FOUND', /not there/],
    ['Section Table Reference magic number mismatch.', 'FORMAT_BROKEN', /damaged or cut off/],
    ['Version tag does not contain a delimiter.', 'FORMAT_BROKEN', /damaged/],
    ['unable to open database file', 'FILE_UNWRITABLE', /could not write/],
    ['a new kind of failure', 'TOOL_FAILED', /a new kind of failure/],
  ])('%s', (said, code, message) => {
    const problem = nsysExportProblem(`Exportation error: ${said}`, '/in/a.nsys-rep', '2023.4.4')
    expect(problem).toMatchObject({ code, message: expect.stringMatching(message), data: { where: '/in/a.nsys-rep' } })
    expect(problem.data.hint).toBeTruthy()
  })
})
