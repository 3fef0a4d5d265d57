import { basename } from 'node:path'

/** "rank3", "rank_3", "rank-03", "rank.3" between other words: as torchrun scripts, vLLM and HTA's examples name traces. */
const RANK = /(?<![a-z])rank[-_.]?(\d{1,5})(?!\d)/i

/** Rank of a distributed job as a file's name tells it; the file itself knows better. */
export function rankOfName(path: string): number | undefined {
  const found = RANK.exec(basename(path))
  return found === null ? undefined : Number(found[1])
}

/** "rank 0 of 8": how a run of a job is told apart. */
export function rankText({ rank, worldSize }: { rank?: number | undefined; worldSize?: number | undefined }) {
  if (rank === undefined) return undefined
  return worldSize === undefined ? `rank ${rank}` : `rank ${rank} of ${worldSize}`
}
