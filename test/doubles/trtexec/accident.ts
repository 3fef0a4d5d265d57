import { writeFileSync } from 'node:fs'
import type { Console } from './console.ts'
import type { Scenario } from './scenario.ts'

/** Plays the scenario's accident, if it is one of this stage. @returns the exit code, or undefined when nothing happens */
export async function accident(
  scenario: Scenario,
  stage: 'build' | 'run',
  console: Console,
): Promise<number | undefined> {
  if (scenario.during !== undefined && scenario.during !== stage) return undefined
  const setUp = stage === 'build' ? 'Engine set up failed' : 'Inference set up failed'
  switch (scenario.accident) {
    case 'hang':
      return forever()
    case 'crash':
      return die('SIGABRT')
    case 'killed':
      return die('SIGKILL')
    case 'out-of-memory':
      return console.fail(
        'Error[1]: [defaultAllocator.cpp::allocate::57] Error Code 1: Cuda Runtime (out of memory)',
        'Error[2]: [executionContext.cpp::ExecutionContext::400] Error Code 2: OutOfMemory (Requested amount of GPU memory (8589934592 bytes) could not be allocated.)',
        setUp,
      )
    case 'unsupported-op':
      return console.fail(
        '[TRT] ModelImporter.cpp:138: While parsing node number 3 [Mystery -> "m_out"]:',
        '[TRT] ModelImporter.cpp:149: ERROR: onnxOpCheckers.cpp:923 In function checkFallbackPluginImporter:\n[6] creator && "Plugin not found, are the plugin name, version, and namespace correct?"',
        'Failed to parse onnx file',
        'Parsing model failed',
        'Failed to create engine from model or file.',
        setUp,
      )
    default:
      return undefined
  }
}

/** Bytes that are no log, as of another program of the same name. */
export function printGarbage(): number {
  process.stdout.write(Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * 73 + (at >> 3)) % 256)))
  return 0
}

/** Half of the file, then what trtexec says when a write fails. */
export function fillDisk(path: string, bytes: Uint8Array, console: Console): number {
  writeFileSync(path, bytes.subarray(0, bytes.length >> 1))
  return console.fail('Saving engine to file failed.', 'Engine set up failed')
}

async function forever(): Promise<never> {
  process.on('SIGTERM', () => {}) // harder to end than the real one
  for (;;) await new Promise(resolve => setTimeout(resolve, 60_000))
}

async function die(signal: 'SIGABRT' | 'SIGKILL'): Promise<never> {
  process.kill(process.pid, signal)
  return forever()
}
