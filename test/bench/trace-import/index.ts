import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Bench, median } from '../define.ts'
import { type ImportCost, importOnce } from './import-once.ts'
import { compareWithTruth } from './truth.ts'

const HTA_PYTHON = process.env.BATCHSCOPE_HTA_PYTHON ?? join(homedir(), '.cache/batchscope-hta/bin/python')
const PEER_SIZE_MB = 600
const GOAL = { mbPerSec: 100, peakMiB: 512, firstPictureMs: 1000 }
const PeerCost = z.object({ wallMs: z.number(), cpuMs: z.number(), peakMiB: z.number() })
type PeerCost = z.infer<typeof PeerCost>

/**
 * A generated PyTorch trace through the product's own import: read, hashed, indexed, summed up, in the process that does
 * it for the app; every figure compared with the generator's truth. Peers: HTA and Python's json, in turn with ours.
 */
export const traceImport: Bench = {
  id: 'trace-import',
  title: 'Importing a large PyTorch trace',
  async run({ quick, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'batchscope-trace-import-'))
    try {
      const sections = [await ofSize(folder, PEER_SIZE_MB, quick ? 1 : 3, true, say)]
      sections.push(await ofSize(folder, quick ? 1500 : 3000, quick ? 1 : 2, false, say))
      return sections.join('\n\n')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function ofSize(
  folder: string,
  megabytes: number,
  repeats: number,
  withPeers: boolean,
  say: (text: string) => void,
): Promise<string> {
  const path = join(folder, `${megabytes}.json`)
  const truthPath = join(folder, `${megabytes}.truth.json`)
  say(`writing ${megabytes} MB`)
  const generator = join(import.meta.dirname, 'gen_large_kineto.py')
  execFileSync('python3', [generator, path, '--mb', String(megabytes), '--truth', truthPath], { stdio: 'ignore' })
  const truth: unknown = JSON.parse(readFileSync(truthPath, 'utf8'))
  const bytes = statSync(path).size
  const ours: ImportCost[] = []
  const peers = new Map<string, PeerCost[]>()
  for (let turn = 1; turn <= repeats; turn++) {
    say(`${megabytes} MB, import, ${turn} of ${repeats}`)
    const { imported, ...cost } = await importOnce(path)
    const differences = compareWithTruth(imported.summary, imported.facts, truth)
    if (differences.length > 0) throw new Error(`Not what was written: ${differences.slice(0, 5).join('; ')}`)
    ours.push(cost)
    for (const [title, argv] of withPeers ? peerCommands(path) : []) {
      say(`${megabytes} MB, ${title}, ${turn} of ${repeats}`)
      peers.set(title, [...(peers.get(title) ?? []), peer(argv)])
    }
  }
  rmSync(path)
  const rate = (each: { wallMs: number }) => bytes / 1e3 / each.wallMs
  const spread = (values: readonly number[], digits: number) =>
    values.length > 1
      ? `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`
      : median(values).toFixed(digits)
  const row = (title: string, costs: readonly PeerCost[], first: string, goal: string) =>
    `| ${title} | ${spread(costs.map(rate), 0)} | ${spread(
      costs.map(({ cpuMs }) => cpuMs / 1000),
      1,
    )} | ${Math.max(...costs.map(({ peakMiB }) => peakMiB)).toFixed(0)} | ${first} | ${goal} |`
  const firstMs = spread(
    ours.map(({ firstPictureMs }) => firstPictureMs),
    0,
  )
  return [
    `${(bytes / 1e6).toFixed(0)} MB, every figure equal to the generator's truth; median (least–most) of ${repeats}.`,
    '',
    '| what | MB/s | CPU s | peak MiB | first picture ms | goal |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    row(
      'Batchscope import',
      ours,
      firstMs,
      `≥ ${GOAL.mbPerSec} MB/s, < ${GOAL.peakMiB} MiB, < ${GOAL.firstPictureMs} ms`,
    ),
    ...[...peers].map(([title, costs]) => row(title, costs, '–', '')),
    ...(withPeers && !existsSync(HTA_PYTHON)
      ? ['', 'HTA was not measured: no interpreter with it (BATCHSCOPE_HTA_PYTHON).']
      : []),
  ].join('\n')
}

function peerCommands(path: string): [string, string[]][] {
  const script = join(import.meta.dirname, 'peer.py')
  return [
    ['Python json.load', ['python3', script, 'json', path]],
    ...(existsSync(HTA_PYTHON)
      ? [['HTA: load and temporal breakdown', [HTA_PYTHON, script, 'hta', path]] satisfies [string, string[]]]
      : []),
  ]
}

function peer([program = '', ...args]: readonly string[]): PeerCost {
  const printed = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return PeerCost.parse(JSON.parse(printed.trim().split('\n').at(-1) ?? ''))
}
