import { Command } from 'commander'
import { appInfo } from '../../app-info.ts'
import { registerBench } from './bench.ts'
import { registerBuild } from './build.ts'
import { registerCapture } from './capture.ts'
import type { CliContext } from './common.ts'
import { registerImport } from './import.ts'
import { registerInfer } from './infer.ts'
import { registerDoctor, registerSchema } from './machine.ts'
import { registerCheck, registerConvert, registerPipeline } from './pipeline.ts'
import { registerRepository } from './repository.ts'
import { registerSearch } from './search.ts'
import { registerServer } from './server.ts'
import { registerShow } from './sessions.ts'
import { registerSweep } from './sweep.ts'
import { registerOpen, registerServe } from './window.ts'

const INTRODUCTION = `
Examples:
  batchscope                              open the app
  batchscope bench                        benchmark the bundled model
  batchscope bench model.onnx --batch 1,8,32 --session study.bscope
  batchscope sweep grpc://gpu-box:8001 --model resnet --scenario online
  batchscope capture torch train.py -- --epochs 1
  batchscope show study.bscope
  batchscope serve                        the same app in a browser

Exit codes: 0 done · 1 verdict failed · 2 cannot tell · 64 usage · 65 bad input · 66 not found · 69 unavailable · 70 internal · 73 cannot write · 74 I/O · 130 interrupted`

/** The whole command line. Nothing is started before a command's action asks for the engine. */
export function buildProgram(context: CliContext): Command {
  const { version } = appInfo()
  const { terminal } = context
  const program = new Command('batchscope')
    .description('Where does the millisecond go? Benchmark models, keep and read the evidence.')
    .version(version, '--version', 'print the version')
    .addHelpText('after', INTRODUCTION)
    .exitOverride()
    .configureOutput({ writeOut: text => terminal.out(text), writeErr: text => terminal.err(text) })
    .showHelpAfterError('(run with --help for the options and examples)')
  registerBench(program, context)
  registerBuild(program, context)
  registerCapture(program, context)
  registerSweep(program, context)
  registerSearch(program, context)
  registerInfer(program, context)
  registerServer(program, context)
  registerRepository(program, context)
  registerShow(program, context)
  registerImport(program, context)
  registerConvert(program, context)
  registerCheck(program, context)
  registerPipeline(program, context)
  registerServe(program, context)
  registerDoctor(program, context)
  registerSchema(program, context)
  registerOpen(program, context)
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program)
  return program
}
