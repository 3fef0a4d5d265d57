import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runTrtexec } from '../../native-tools/run-trtexec.ts'
import type { Scenario } from '../doubles/trtexec/scenario.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { trtexecDouble } from '../helpers/trtexec-double.ts'

/** A docker that runs the double for `docker run … trtexec ARGS`, and writes down what else it is told. */
function fakeDocker(scenario: Scenario): string {
  const folder = tempFolder()
  const told = join(folder, 'told')
  const script = `#!/bin/sh
if [ "$1" != run ]; then echo "$@" >> '${told}'; exit 0; fi
echo "$@" >> '${told}'
while [ "$1" != trtexec ]; do shift; done
shift
exec '${trtexecDouble(scenario)}' "$@"
`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'docker'), script)
  chmodSync(join(folder, 'docker'), 0o755)
  const { PATH } = process.env
  process.env.PATH = [folder, PATH].join(delimiter)
  onTestFinished(() => {
    process.env.PATH = PATH
  })
  return told
}

function run(scenario: Scenario, onLine: () => void, signal: AbortSignal) {
  const told = fakeDocker(scenario)
  const folder = tempFolder()
  const model = join(folder, 'm.onnx')
  writeFileSync(model, 'any bytes')
  const ended = runTrtexec(
    {
      program: 'docker:nvcr.io/nvidia/tensorrt:25.10-py3',
      args: [`--onnx=${model}`, '--skipInference'],
      reads: [folder],
      writes: [folder],
    },
    { onLine, onEvent() {} },
    { signal, timeoutMs: 30_000 },
  )
  return { told, folder, ended }
}

test('trtexec in an image sees the folders it needs', async () => {
  const { told, folder, ended } = run({}, () => {}, new AbortController().signal)
  expect((await ended).run).toMatchObject({ outcome: 'passed', version: '10.16.1' })
  const [command = ''] = readFileSync(told, 'utf8').split('\n')
  expect(command).toContain(`type=bind,source=${folder},target=${folder}`)
  expect(command).toMatch(/--name batchscope-trtexec-[0-9a-f]{8} /)
})

test('a cancel stops the container too: what docker runs is no child of ours', async () => {
  const cancel = new AbortController()
  const { told, ended } = run({ accident: 'hang' }, () => cancel.abort(new Error('cancelled')), cancel.signal)
  await expect(ended).rejects.toThrow('cancelled')
  expect(existsSync(told)).toBe(true)
  const text = readFileSync(told, 'utf8')
  const [, name] = /--name (\S+)/.exec(text) ?? []
  expect(text).toMatch(new RegExp(`^stop --time \\d+ ${name}$`, 'm'))
})
