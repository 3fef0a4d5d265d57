import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { askTrtexecAbilities, trtexec } from '../../native-tools/trtexec.ts'
import { imageOf, trtexecCommand, trtexecImages } from '../../native-tools/trtexec-container.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const IMAGE = 'nvcr.io/nvidia/tensorrt:25.10-py3'

describe('arguments of docker', () => {
  const place = {
    docker: '/usr/bin/docker',
    name: 'batchscope-1',
    reads: ['/models', '/e'],
    writes: ['/e', '/e'],
    user: '1000:1000',
  }

  test('every folder once, under its own path, read-only where nothing is written', () => {
    const argv = trtexecCommand(`docker:${IMAGE}`, ['--onnx=/models/a b.onnx', '--saveEngine=/e/$(x).engine'], place)
    expect(argv.slice(0, 3)).toEqual(['/usr/bin/docker', 'run', '--rm'])
    expect(argv.filter((_, at) => argv[at - 1] === '--mount')).toEqual([
      'type=bind,source=/models,target=/models,readonly',
      'type=bind,source=/e,target=/e',
    ])
    expect(argv.slice(argv.indexOf('--gpus'), argv.indexOf('--gpus') + 2)).toEqual(['--gpus', 'all'])
    expect(argv.slice(argv.indexOf(IMAGE))).toEqual([
      IMAGE,
      '-c',
      expect.stringContaining('exec trtexec "$@"'),
      'trtexec',
      '--onnx=/models/a b.onnx',
      '--saveEngine=/e/$(x).engine',
    ])
  })

  test.skipIf(process.platform === 'win32')('what runs inside is given its words unchanged', () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'trtexec'), '#!/bin/sh\nprintf "%s\\n" "$@"\n')
    chmodSync(join(folder, 'trtexec'), 0o755)
    const words = ['--onnx=/a b.onnx', "--shapes='ids:0':1x8", '--saveEngine=$(touch pwned)']
    const argv = trtexecCommand(`docker:${IMAGE}`, words, place)
    const inside = argv.slice(argv.indexOf(IMAGE) + 1)
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    expect(execFileSync('/bin/sh', inside, { encoding: 'utf8', env }).trimEnd().split('\n')).toEqual(words)
  })

  test('a program of this machine is started as it is', () => {
    expect(trtexecCommand('/opt/trtexec', ['--help'])).toEqual(['/opt/trtexec', '--help'])
  })

  test('what is no image, and folders that a container cannot have, are refused', () => {
    for (const wrong of ['docker:', 'docker:--privileged', 'docker:a b']) {
      expect(() => imageOf(wrong), wrong).toThrowError(expect.objectContaining({ code: 'SPEC_INVALID' }))
    }
    const relative = { ...place, reads: ['models'] }
    expect(() => trtexecCommand(`docker:${IMAGE}`, [], relative)).toThrowError(
      expect.objectContaining({ code: 'SPEC_INVALID' }),
    )
  })

  test('a folder with a comma stays one', () => {
    const argv = trtexecCommand(`docker:${IMAGE}`, [], { ...place, reads: ['/a,b"c'], writes: [] })
    expect(argv).toContain('type=bind,"source=/a,b""c","target=/a,b""c",readonly')
  })
})

test('images that hold a trtexec, among others', () => {
  const listed = `${IMAGE}\nubuntu:24.04\nnvcr.io/nvidia/tritonserver:25.10-py3\nnvcr.io/nvidia/tritonserver:25.10-py3-sdk
nvcr.io/nvidia/tensorrt:<none>\nlocalhost:5000/me/tensorrt:10\ntensorrt-llm:1\n${IMAGE}\n`
  expect(trtexecImages(listed)).toEqual([
    `docker:${IMAGE}`,
    'docker:nvcr.io/nvidia/tritonserver:25.10-py3',
    'docker:localhost:5000/me/tensorrt:10',
  ])
})

describe.skipIf(process.platform === 'win32')('finding trtexec', () => {
  const PATH = process.env.PATH
  afterEach(() => {
    process.env.PATH = PATH
  })
  function put(name: string, script: string): string {
    const folder = tempFolder()
    mkdirSync(join(folder, 'bin'))
    const path = join(folder, 'bin', name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
    process.env.PATH = `${join(folder, 'bin')}:/usr/bin:/bin`
    return path
  }
  const DOCKER = `case "$1" in
images) echo ${IMAGE};;
image) if [ "$5" = ${IMAGE} ]; then echo '["PATH=/x","TRT_VERSION=10.13.3.9+cuda13"]'; else echo "No such image: $5" >&2; exit 1; fi;;
run) echo '&&&& RUNNING TensorRT.trtexec [TensorRT v101303] [b9] # trtexec --help'; echo '  --onnx=<file>  ONNX model';;
esac`

  test('none here but one in an image: it is named, not started', async () => {
    put('docker', DOCKER)
    const found = await trtexec.find({})
    // A machine with TensorRT in a usual folder finds that first.
    if (!found.ready) expect(found.hint).toContain(`docker:${IMAGE}`)
  })

  test('an image tells its version without being started', async () => {
    put('docker', DOCKER)
    expect(await trtexec.find({ configuredPath: `docker:${IMAGE}` })).toEqual({
      ready: true,
      path: `docker:${IMAGE}`,
      version: '10.13.3',
    })
    expect(await trtexec.find({ configuredPath: 'docker:none:1' })).toMatchObject({
      ready: false,
      why: 'No such image: none:1',
      hint: expect.stringMatching(/Pull/),
    })
  })

  test('one whose libraries take seconds to load is waited for', async () => {
    const path = put('trtexec', `sleep 2.3; echo '&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --help'`)
    expect(await trtexec.find({ configuredPath: path })).toEqual({ ready: true, path, version: '8.6.1' })
  })

  test('options are asked of the program, here and inside', async () => {
    const banner = '&&&& RUNNING TensorRT.trtexec [TensorRT v110000] [b114] # trtexec --help'
    const path = put('trtexec', `echo '${banner}'; echo '  --onnx=<file>   ONNX model'`)
    expect(await askTrtexecAbilities(path)).toEqual({
      version: '11.0.0',
      flags: new Set(['--onnx', '--streams', '--plugins', '--vc']),
      dialect: '≥11',
    })
    put('docker', DOCKER)
    expect(await askTrtexecAbilities(`docker:${IMAGE}`)).toMatchObject({ version: '10.13.3', dialect: '≤10' })
  })

  test('a program that tells nothing is an error with its words', async () => {
    const path = put('trtexec', 'echo "libnvinfer.so.10: cannot open shared object file" >&2; exit 127')
    await expect(askTrtexecAbilities(path)).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      data: { where: path, detail: expect.stringContaining('libnvinfer') },
    })
  })
})
