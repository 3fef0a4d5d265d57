import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The environment that `install-torch-cpu.sh` makes; `npm run test:full` runs it. */
export const TORCH_VENV = process.env.BATCHSCOPE_TORCH ?? join(homedir(), '.cache', 'batchscope-torch')

/** Its interpreter. */
export const torchPython = join(TORCH_VENV, 'bin', 'python')

/** Tests against real torch are skipped where the environment is absent. */
export const withoutTorch = !existsSync(torchPython)
if (withoutTorch) console.warn(`Skipped: no torch in ${TORCH_VENV}: run test/helpers/torch/install-torch-cpu.sh`)
