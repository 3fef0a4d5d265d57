import { existsSync, globSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The environment that `install-torch-cpu.sh` makes; `npm run test:full` runs it. */
export const TORCH_VENV = process.env.BATCHSCOPE_TORCH ?? join(homedir(), '.cache', 'batchscope-torch')

/** Its interpreter. */
export const torchPython = join(TORCH_VENV, 'bin', 'python')

/** Tests against real ONNX Runtime in Python are skipped where the environment has none. */
export const withoutOrtPython =
  globSync(join(TORCH_VENV, 'lib', 'python*', 'site-packages', 'onnxruntime')).length === 0
if (withoutOrtPython) {
  console.warn(`Skipped: no onnxruntime in ${TORCH_VENV}: run test/helpers/torch/install-torch-cpu.sh`)
}

/** Tests against real torch are skipped where the environment is absent. */
export const withoutTorch = !existsSync(torchPython)
if (withoutTorch) console.warn(`Skipped: no torch in ${TORCH_VENV}: run test/helpers/torch/install-torch-cpu.sh`)
