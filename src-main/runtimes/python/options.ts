import { z } from 'zod'
import { OrtCpuOptions } from '../../workers/ort-options.ts'

export const pythonOption = z
  .string()
  .default('')
  .describe('Python to use: an interpreter, the folder of an environment, or its name. Empty: Settings, then PATH')

const { affinity, intraOpThreads, interOpThreads } = OrtCpuOptions.shape

export const threadOptions = { intraOpThreads, interOpThreads, affinity }

/** What every ONNX Runtime in Python takes. */
export const ortPythonOptions = {
  python: pythonOption,
  ...OrtCpuOptions.shape,
  sessionConfig: z
    .string()
    .regex(/^$|^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/, 'name=value,name=value')
    .default('')
    .describe('More session settings, as session.intra_op.allow_spinning=0, separated by commas'),
}

export const providerOptions = z
  .string()
  .regex(/^$|^[^=,]+=[^,]*(,[^=,]+=[^,]*)*$/, 'name=value,name=value')
  .default('')
  .describe('Options of the provider, as cudnn_conv_algo_search=HEURISTIC, separated by commas')

/** `a=1,b=2` as a record of texts. */
export function namedValues(text: string): Record<string, string> {
  if (text === '') return {}
  return Object.fromEntries(
    text.split(',').map(pair => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    }),
  )
}
