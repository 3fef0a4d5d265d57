import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Readiness } from '#domain/machine.ts'
import { OrtCpuOptions } from '../workers/ort-options.ts'
import { defineRuntime } from './define.ts'
import { graphPrecision } from './onnx/graph-precision.ts'

/** ONNX Runtime with its CPU execution provider, from the npm package onnxruntime-node. */
export const ortCpu = defineRuntime({
  id: 'ort-cpu',
  title: 'ONNX Runtime · CPU',
  device: 'cpu',
  models: ['onnx'],
  precisions: ['model', 'fp32'],
  options: OrtCpuOptions,
  includes: ['compute', 'output-allocation'],
  async ready() {
    return installedRuntime()
  },
  precision: (asked, model) => graphPrecision(asked, model),
  child: ({ precision: _precision, repeat: _repeat, ...task }, options) => ({
    worker: 'ort-bench',
    input: { ...task, options },
    ...(options.affinity === '' ? {} : { affinity: options.affinity }),
  }),
})

/** Looks at the package's files only: its native code is loaded in children, never here. */
function installedRuntime(platform = process.platform, arch = process.arch): Readiness {
  const hint = 'Run `npm install` again.'
  let folder: string
  let version: string
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
    folder = dirname(manifest)
    version = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version
  } catch {
    return { ready: false, why: 'The package onnxruntime-node is not installed', hint } // absent or damaged
  }
  const addon = join(folder, 'bin/napi-v6', platform, arch, 'onnxruntime_binding.node')
  if (existsSync(addon)) return { ready: true, version, path: folder }
  return {
    ready: false,
    version,
    path: folder,
    why: `onnxruntime-node ${version} has no build for ${platform} on ${arch}`,
    hint: 'It runs on Linux and Windows (x64, arm64) and on macOS (arm64).',
  }
}
