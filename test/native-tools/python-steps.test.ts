import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram } from '../../native-tools/find-program.ts'
import { makeWithPython, stepTools } from '../../native-tools/python-steps.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/**
 * An interpreter whose `onnxconverter_common` is this code, under the name of a version 9.9, and whose `onnx` saves texts.
 * Nothing of the machine's own packages is seen.
 */
function pythonWith(code: string): { python: string; folder: string } {
  const folder = tempFolder()
  const packages = join(folder, 'packages')
  for (const [path, text] of Object.entries({
    'onnx/__init__.py':
      'def load(path): return open(path).read()\ndef save(model, path, **_): open(path, "w").write(model)\n',
    'onnxconverter_common/__init__.py': '',
    'onnxconverter_common/float16.py': `DEFAULT_OP_BLOCK_LIST = []\nclass Model(str):\n    def ByteSize(self): return len(self)\n${code}`,
    'onnxconverter_common-9.9.dist-info/METADATA': 'Metadata-Version: 2.1\nName: onnxconverter-common\nVersion: 9.9\n',
  })) {
    mkdirSync(join(packages, path, '..'), { recursive: true })
    writeFileSync(join(packages, path), text)
  }
  const python = join(folder, 'python')
  writeFileSync(python, `#!/bin/sh\nPYTHONPATH='${packages}' exec '${findProgram({ names: ['python3'] })}' -S "$@"\n`)
  chmodSync(python, 0o755)
  writeFileSync(join(folder, 'in.onnx'), 'weights')
  return { python, folder }
}

async function convert(code: string, to = 'fp16', signal = new AbortController().signal) {
  const { python, folder } = pythonWith(`def convert_float_to_float16(model, **wanted):\n${code}\n`)
  const output = join(folder, 'out.onnx')
  const lines: string[] = []
  const request = { action: 'convert', input: join(folder, 'in.onnx'), output, to, keepIo: true }
  const talk = {
    phase: (phase: string) => void lines.push(`phase ${phase}`),
    onLine: (text: string) => void lines.push(text),
  }
  const done = await makeWithPython(python, request, talk, signal).catch((thrown: unknown) => thrown)
  // What failed leaves no half of a file and no folder of its own.
  const left = readdirSync(folder).filter(name => !['packages', 'python', 'in.onnx'].includes(name))
  return { done, lines, left }
}

test('what the tool prints is its own; the artifact, the tool and its version are told', async () => {
  const { done, lines, left } = await convert(
    '    print("{\\"type\\": \\"done\\"}"); print("x" * 100); return Model(model + " in half")',
  )
  expect(done).toMatchObject({ tool: 'onnxconverter-common', version: '9.9', bytes: 'weights in half'.length })
  expect(lines).toContain('{"type": "done"}')
  expect(lines).toContain('phase onnxconverter-common')
  expect(left).toEqual(['out.onnx'])
})

test('a tool that raises, is absent or dies is told as what it is, and leaves nothing', async () => {
  const raised = await convert('    raise ValueError("no such operator: Teleport")')
  expect(raised.done).toMatchObject({
    code: 'TOOL_FAILED',
    message: 'onnxconverter-common 9.9 failed: ValueError: no such operator: Teleport',
    data: { detail: expect.stringContaining('float16.py') },
  })
  expect(raised.left).toEqual([])
  const absent = await convert('    pass', 'int8')
  expect(absent.done).toMatchObject({
    code: 'TOOL_MISSING',
    message: expect.stringContaining('onnxruntime.quantization'),
  })
  const died = await convert('    import os, signal; os.kill(os.getpid(), signal.SIGSEGV)')
  expect(died.done).toMatchObject({ code: 'CHILD_DIED', message: expect.stringContaining('SIGSEGV') })
  expect(died.left).toEqual([])
})

test('a cancelled step ends at once, though its tool ignores signals', async () => {
  const stop = new AbortController()
  const started = performance.now()
  setTimeout(() => stop.abort(), 1500)
  const code = '    import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)'
  const { done, left } = await convert(code, 'fp16', stop.signal)
  expect(done).toBeInstanceOf(Error)
  expect(left).toEqual([])
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('the tools of an interpreter are known without importing them', async () => {
  const { python } = pythonWith('raise SystemExit("imported")')
  expect(await stepTools(python)).toMatchObject({ packages: { 'onnxconverter-common': '9.9' } })
  await expect(stepTools(join(tempFolder(), 'none'))).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  expect(existsSync(python)).toBe(true)
})
