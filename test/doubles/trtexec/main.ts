import { writeFileSync } from 'node:fs'
import { printGarbage } from './accident.ts'
import { build } from './build.ts'
import { Console } from './console.ts'
import { engineBytes, parseShapes } from './engine-file.ts'
import { helpText, parseArguments } from './flags.ts'
import { infer, load, writeExports } from './infer.ts'
import { printDevice, printOptions } from './options.ts'
import { copyExports, replay } from './replay.ts'
import { type Scenario, VERSIONS } from './scenario.ts'

/** The double of trtexec: takes the flags of its version, plays a build or a run, and ends as trtexec would. */
export async function main(argv: readonly string[], scenario: Scenario = {}): Promise<void> {
  process.exitCode = await run(argv, scenario)
}

async function run(argv: readonly string[], scenario: Scenario): Promise<number> {
  const isHelp = argv.includes('--help') || argv.includes('-h')
  const { version: actual = '10.16.1', helpVersion, delayMs = 0 } = scenario
  const version = isHelp ? (helpVersion ?? actual) : actual
  const { order } = VERSIONS[version]
  if (scenario.accident === 'no-library') {
    process.stderr.write(
      'trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open shared object file: No such file or directory\n',
    )
    return 127
  }
  if (scenario.accident === 'garbage' && !isHelp) return printGarbage()
  const console = new Console(version, delayMs, argv)
  console.banner('RUNNING')
  if (isHelp) {
    process.stdout.write(helpText(version))
    return 0
  }
  const { values, unknown, noops } = parseArguments(argv, version)
  for (const name of noops) console.line('W', `--${name} is deprecated and has no effect: it is the default.`)
  const refused = refusal(values, unknown)
  if (refused.length > 0) {
    process.stdout.write(helpText(version))
    for (const text of refused) console.line('E', text)
    if (order < 11.01) console.banner('FAILED')
    return 1
  }
  const played = batchOf(values) < (scenario.fromBatch ?? 0) ? { ...scenario, accident: undefined } : scenario
  const recorded = values.has('loadEngine') ? scenario.replay?.run : scenario.replay?.build
  if (recorded !== undefined) return playRecorded(recorded, values, scenario, console)
  printOptions(console, values)
  if (played.accident === 'no-device') {
    console.section('Device Information')
    process.stderr.write('Cannot find any available devices (GPUs)!\n')
    return 1
  }
  printDevice(console)
  return play(values, played, console)
}

async function play(values: ReadonlyMap<string, string>, scenario: Scenario, console: Console): Promise<number> {
  const from = values.get('loadEngine')
  const engine = from === undefined ? await build(values, scenario, console) : load(from, console)
  if (typeof engine === 'number') return engine
  if (!values.has('skipInference') && !values.has('buildOnly')) return infer(engine, values, scenario, console)
  writeExports(engine, [], values, scenario)
  console.info('Skipped inference phase since --skipInference is added.')
  console.banner('PASSED')
  return 0
}

async function playRecorded(
  path: string,
  values: ReadonlyMap<string, string>,
  scenario: Scenario,
  console: Console,
): Promise<number> {
  const code = await replay(path, console)
  if (code !== 0) return code
  copyExports(values, scenario.replay ?? {})
  const engine = values.get('saveEngine')
  if (engine !== undefined)
    writeFileSync(
      engine,
      engineBytes({ version: console.version, min: {}, max: {}, precision: 'fp32', verbosity: 'detailed' }),
    )
  return 0
}

function batchOf(values: ReadonlyMap<string, string>): number {
  const [first = []] = Object.values(parseShapes(values.get('shapes') ?? values.get('maxShapes')))
  return first[0] ?? 1
}

function refusal(values: ReadonlyMap<string, string>, unknown: readonly string[]): string[] {
  if (unknown.length > 0) return unknown.map(option => `Unknown option: ${option}`)
  if (values.has('saveEngine') && values.has('loadEngine'))
    return ['Incompatible load and save engine options selected']
  if (!values.has('onnx') && !values.has('loadEngine')) return ['Model missing or format not recognized']
  return []
}
