import { expect, test } from 'vitest'
import { trtexecAbilities } from '../../native-tools/trtexec-abilities.ts'
import { isBefore } from '../../native-tools/trtexec-flags.ts'

/** The form of a real `trtexec --help` (8.6.1), cut to some lines of each group. */
const HELP_86 = `&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --help
=== Model Options ===
  --uff=<file>                UFF model
  --onnx=<file>               ONNX model
  --uffInput=<name>,X,Y,Z     Input blob name and its dimensions (X,Y,Z=C,H,W), it can be specified multiple times
=== Build Options ===
  --maxBatch                         Set max batch size and build an implicit batch engine (default = same size as --batch)
                                     This option should not be used when the input model is ONNX or when dynamic shapes are provided.
  --minShapes=spec                   Build with dynamic shapes using a profile with the min shapes provided
                                     --notAnOption is only text of the option above
  --fp16                             Enable fp16 precision, in addition to fp32 (default = disabled)
  --skipInference                    Exit after the engine has been built and skip inference perf measurement
  --saveEngine=<file>                Save the serialized engine
  --versionCompatible, --vc          Mark the engine as version compatible
`

test('options are what the help lists, and the few it keeps to itself', () => {
  const { version, flags, dialect } = trtexecAbilities(HELP_86)
  expect([version, dialect]).toEqual(['8.6.1', '≤10'])
  expect([...flags].toSorted()).toEqual(
    [
      '--fp16',
      '--maxBatch',
      '--minShapes',
      '--onnx',
      '--plugins',
      '--saveEngine',
      '--skipInference',
      '--streams',
    ].concat(['--uff', '--uffInput', '--vc', '--versionCompatible']),
  )
})

test('a help that was cut falls back on what is known of the version', () => {
  const [banner = ''] = HELP_86.split('\n')
  const { flags } = trtexecAbilities(banner)
  for (const flag of ['--onnx', '--fp8', '--workspace', '--memPoolSize', '--exportLayerInfo'])
    expect(flags).toContain(flag)
  for (const flag of ['--bf16', '--noCudaGraph', '--stronglyTyped', '--maxTactics']) expect(flags).not.toContain(flag)
})

test('the dialect goes by the version, and by the options where the banner names none', () => {
  const banner = (version: string) =>
    trtexecAbilities(`&&&& RUNNING TensorRT.trtexec [TensorRT v${version}] # trtexec --help`)
  expect(['8601', '101601', '110000', '110100'].map(version => banner(version).dialect)).toEqual([
    '≤10',
    '≤10',
    '≥11',
    '≥11',
  ])
  expect(banner('110000').flags).not.toContain('--fp16')
  expect(banner('101601').flags).not.toContain('--workspace')
  expect(trtexecAbilities('  --onnx=<file>  ONNX\n  --noCudaGraph  Disable\n').dialect).toBe('≥11')
})

test('what is no trtexec has no options', () => {
  expect(trtexecAbilities('bash: trtexec: command not found')).toEqual({ flags: new Set(), dialect: '≤10' })
})

test('versions are compared as numbers', () => {
  expect([
    isBefore('8.10.0', '8.2'),
    isBefore('8.1.9', '8.2'),
    isBefore('9.0', '9.0'),
    isBefore('7 or older', '7.2'),
  ]).toEqual([false, true, false, true])
})
