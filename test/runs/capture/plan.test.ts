import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { NsysCaptureSpec, TorchCaptureSpec } from '#domain/capture-spec.ts'
import { planNsys } from '../../../src-main/runs/capture/plan-nsys.ts'
import { planTorch, withSchedule } from '../../../src-main/runs/capture/plan-torch.ts'
import type { NsysWorld, TorchWorld } from '../../../src-main/runs/capture/world.ts'

const nsysThere: NsysWorld = { nsys: { ready: true, version: '2023.4.4', path: '/opt/nsys' }, isProgramThere: true }
const planOfNsys = (spec: Omit<z.input<typeof NsysCaptureSpec>, 'tool'>, world = nsysThere) =>
  planNsys(NsysCaptureSpec.parse({ tool: 'nsys', ...spec }), world)

describe('a plan with nsys', () => {
  test('shows what is started, word by word, and needs nothing more', () => {
    const plan = planOfNsys({ command: ['python', 'my train.py', '--lr', '1'] })
    expect(plan.problems).toEqual([])
    expect(plan.argv?.slice(0, 2)).toEqual(['nsys', 'profile'])
    expect(plan.argv?.slice(-4)).toEqual(['python', 'my train.py', '--lr', '1'])
    expect(plan.command).toBe("batchscope capture nsys -- python 'my train.py' --lr 1")
    expect(plan.notices).toEqual([])
  })

  test('says that nsys or the program is missing before anything is started', () => {
    const world: NsysWorld = {
      nsys: { ready: false, why: 'nsys was not found', hint: 'install it' },
      isProgramThere: false,
    }
    expect(planOfNsys({ command: ['nosuch'] }, world).problems).toMatchObject([
      { code: 'TOOL_MISSING', message: 'nsys was not found', hint: 'install it' },
      { code: 'FILE_NOT_FOUND', where: 'nosuch' },
    ])
  })

  test('warns where the report will hold secrets, by name, never by value', () => {
    const [notice] = planOfNsys({ command: ['a'], env: { HF_TOKEN: 'hf_1234567', RANK: '0' } }).notices
    expect(notice?.text).toContain('HF_TOKEN')
    expect(JSON.stringify(planOfNsys({ command: ['a'], env: { HF_TOKEN: 'hf_1234567' } }))).not.toContain('hf_1234567')
    expect(planOfNsys({ command: ['a'], wholeEnvironment: true }).notices[0]?.text).toMatch(/whole environment/)
  })

  test('leaves out what this nsys does not know, and says what that costs', () => {
    const abilities = { options: new Set(['--trace', '--sample']), traces: new Set(['cuda', 'nvtx']) }
    const plan = planOfNsys({ command: ['a'], preset: 'python' }, { ...nsysThere, abilities })
    expect(plan.argv).toContain('--trace=cuda,nvtx')
    expect(plan.notices.map(({ text }) => text).join(' ')).toMatch(/no --python-sampling.*no Python stacks/)
  })
})

const torchThere: TorchWorld = {
  python: '/venv/bin/python',
  isTargetThere: true,
  facts: {
    python: '3.11.7',
    executable: '/venv/bin/python',
    torch: '2.7.1+cu126',
    build: { cuda: '12.6' },
    cudaDevices: 1,
    rocmDevice: false,
  },
}
const facts = (changed: object): TorchWorld => ({
  ...torchThere,
  facts: { ...torchThere.facts, ...changed } as TorchWorld['facts'],
})
const planOfTorch = (spec: Omit<z.input<typeof TorchCaptureSpec>, 'tool'>, world = torchThere) =>
  planTorch(withSchedule(TorchCaptureSpec.parse({ tool: 'torch', ...spec })), world)
const script = { kind: 'script' as const, path: '/home/me/train.py' }
const codes = (plan: { problems: { message: string }[] }) => plan.problems.map(({ message }) => message)

describe('a plan with torch.profiler', () => {
  test('records a script whole, the rest by a schedule', () => {
    expect(planOfTorch({ target: script })).toMatchObject({
      problems: [],
      notices: [],
      subtitle: 'torch.profiler, torch 2.7.1+cu126',
    })
    expect(planOfTorch({ target: { kind: 'entry', entry: 'a.b:c' } }).command).toContain(
      '--wait 1 --warmup 2 --active 3',
    )
    expect(planOfTorch({ target: script, schedule: { wait: 1, warmup: 1, active: 2 } }).notices[0]?.text).toMatch(
      /step\(\).*after 4/,
    )
  })

  test.each<[string, TorchWorld, string]>([
    ['torch', facts({ torch: undefined }), 'torch is not installed for this Python'],
    ['a torch new enough', facts({ torch: '1.8.0' }), 'torch 1.8.0 has no torch.profiler: 1.8.1 is the first'],
    ['a Python new enough', facts({ python: '3.7.9' }), 'Python 3.7.9 is too old: 3.8 is needed'],
    ['the script', { ...torchThere, isTargetThere: false }, 'The script does not exist'],
    [
      'Python',
      { isTargetThere: true, failure: { code: 'TOOL_MISSING', message: 'python3 was not found' } },
      'python3 was not found',
    ],
  ])('%s missing is said before the run', (_, world, message) => {
    expect(codes(planOfTorch({ target: script }, world))).toEqual([message])
  })

  test('1.8.1 and later have the profiler', () => {
    for (const torch of ['1.8.1+cpu', '1.13.1', '2.15.0+cu132'])
      expect(codes(planOfTorch({ target: script }, facts({ torch })))).toEqual([])
  })

  test('a device that is not there is said before the run; on ROCm only torch can tell', () => {
    expect(codes(planOfTorch({ target: script, device: 'cuda:1' }))).toEqual([
      'There is no cuda:1: the driver finds 1 CUDA device(s), numbered from 0',
    ])
    expect(codes(planOfTorch({ target: script, device: 'cuda' }, facts({ cudaDevices: 0 })))).toEqual([
      'There is no cuda: the driver finds no CUDA device',
    ])
    expect(codes(planOfTorch({ target: script, device: 'cuda' }, facts({ build: {} })))).toEqual([
      'torch 2.7.1+cu126 is built without CUDA',
    ])
    expect(codes(planOfTorch({ target: script, device: 'cuda' }, facts({ build: { hip: '6.2' } })))).toEqual([])
    expect(planOfTorch({ target: script }, facts({ cudaDevices: 0 })).notices[0]?.text).toMatch(/no GPU/)
  })

  test('a TorchScript file needs shapes, torchvision must be installed, an entry has a colon', () => {
    expect(codes(planOfTorch({ target: { kind: 'torchscript', path: 'a.pt' } }))).toEqual([
      'A TorchScript file does not tell its input shapes',
    ])
    expect(codes(planOfTorch({ target: { kind: 'torchvision', model: 'resnet18' } }))).toEqual([
      'torchvision is not installed for this Python',
    ])
    expect(codes(planOfTorch({ target: { kind: 'entry', entry: 'forward' } }))).toEqual([
      'An entry looks like package.module:function',
    ])
  })
})
