import { basename } from 'node:path'
import type { NsysCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError, type Failure } from '#domain/errors.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Notice } from '#domain/run.ts'
import { isSecretName } from '#domain/secret-names.ts'
import { nsysCaptureArgs } from '../../../native-tools/nsys-args.ts'
import { captureCommand } from './command.ts'
import { environmentProblems } from './environment.ts'
import type { NsysWorld } from './world.ts'

/** Stands for the report's path, which the run decides. */
const REPORT = 'REPORT.nsys-rep'

/** What a capture with nsys would start. Pure: what is known of the machine is handed in. */
export function planNsys(spec: NsysCaptureSpec, world: NsysWorld): RunPlan {
  const { nsys } = world
  const problems: Failure[] = environmentProblems(spec)
  const notices: Notice[] = environmentNotices(spec)
  if (!nsys.ready) {
    problems.push({
      code: 'TOOL_MISSING',
      message: nsys.why ?? 'nsys was not found',
      hint: nsys.hint ?? 'Install Nsight Systems, or set its path in Settings.',
      ...(nsys.path === undefined ? {} : { where: nsys.path }),
    })
  }
  const [program = ''] = spec.command
  if (!world.isProgramThere) {
    problems.push({
      code: 'FILE_NOT_FOUND',
      message: 'The program to profile was not found',
      where: program,
      hint: 'Give its full path, or check PATH and the working folder.',
    })
  }
  let argv: string[] = []
  try {
    const args = nsysCaptureArgs(spec, {
      version: nsys.version,
      output: REPORT,
      ...(world.abilities === undefined ? {} : { abilities: world.abilities }),
    })
    argv = ['nsys', ...args.argv]
    notices.push(...args.notices.map((text): Notice => ({ level: 'warning', text: `${text}.` })))
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    problems.push(thrown.toFailure())
  }
  return {
    kind: 'capture',
    title:
      spec.title ??
      [program, ...spec.command.slice(1)]
        .map(word => basename(word))
        .join(' ')
        .slice(0, 80),
    subtitle: `Nsight Systems${nsys.version === undefined ? '' : ` ${nsys.version}`}, ${spec.preset}`,
    command: captureCommand(spec),
    argv,
    pointCount: 0,
    notices,
    problems,
    inputs: [],
    batches: [],
  }
}

function environmentNotices({ env, wholeEnvironment }: NsysCaptureSpec): Notice[] {
  const secrets = Object.keys(env).filter(isSecretName)
  if (wholeEnvironment) {
    return [
      {
        level: 'warning',
        text: 'The report file will hold the whole environment of the program, with every token in it. The session will not: share that one.',
      },
    ]
  }
  if (secrets.length === 0) return []
  return [
    {
      level: 'warning',
      text: `The report file will hold the value of ${secrets.join(', ')}, as nsys records the environment. The session will not: share that one.`,
    },
  ]
}
