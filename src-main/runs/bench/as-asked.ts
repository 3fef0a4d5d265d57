import type { BenchSpec } from '#domain/bench-spec.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { Runtime } from '../../runtimes/define.ts'

/** What is here, with the readiness of runtimes whose options say otherwise: another Python, another device. */
export async function infosAsAsked(
  spec: Pick<BenchSpec, 'runtimes'>,
  runtimes: readonly Runtime[],
  infos: readonly RuntimeInfo[],
  toolPaths: Readonly<Record<string, string>>,
): Promise<RuntimeInfo[]> {
  return Promise.all(
    infos.map(async info => {
      const options = spec.runtimes.find(({ id }) => id === info.id)?.options ?? {}
      const runtime = runtimes.find(({ id }) => id === info.id)
      if (runtime === undefined || Object.keys(options).length === 0) return info
      return { ...info, readiness: await runtime.ready({ toolPaths, options }) }
    }),
  )
}

/** TorchScript does not tell its inputs: they are what shapes are given for, in that order, the batch in front. */
export function withGivenInputs(model: Model, spec: Pick<BenchSpec, 'shapes'>): Model {
  if (model.format !== 'torchscript') return model
  const inputs = Object.entries(spec.shapes).map(([name, shape]) => ({
    name,
    kind: 'tensor' as const,
    dtype: 'float32' as const,
    shape: ['batch', ...shape],
  }))
  return { ...model, inputs }
}

/** What options name on this machine and would run: code of the user's, and an interpreter given by its path. */
export function pathsInOptions({ runtimes }: Pick<BenchSpec, 'runtimes'>): string[] {
  return runtimes.flatMap(({ options: { folder, python } }) => [
    ...(typeof folder === 'string' && folder !== '' ? [folder] : []),
    ...(typeof python === 'string' && /[\\/~]/.test(python) ? [python] : []),
  ])
}
