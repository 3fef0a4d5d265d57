/** "rank3", "rank_3", "rank-03", "rank.3" between other words: as torchrun scripts, vLLM and HTA's examples name traces. */
const RANK = /(?<![a-z])rank[-_.]?(\d{1,5})(?!\d)/i

const nameOf = (path: string) => path.split(/[\\/]/).at(-1) ?? path

/** Rank of a distributed job as a file's name tells it; the file itself knows better. */
export function rankOfName(path: string): number | undefined {
  const found = RANK.exec(nameOf(path))
  return found === null ? undefined : Number(found[1])
}

/** "rank 0 of 8": how a run of a job is told apart. */
export function rankText({ rank, worldSize }: { rank?: number | undefined; worldSize?: number | undefined }) {
  if (rank === undefined) return undefined
  return worldSize === undefined ? `rank ${rank}` : `rank ${rank} of ${worldSize}`
}

/**
 * A word for each of several files imported at once, equal for those that may be ranks of one job: names that differ in
 * their rank alone, else all of them. A file that turns out to have no rank does not use it.
 * @returns in the order of the paths; undefined for a single file
 */
export function groupsOfFiles(paths: readonly string[]): (string | undefined)[] {
  if (paths.length < 2) return paths.map(() => undefined)
  const patterns = paths.map(path => nameOf(path).replace(RANK, word => word.replace(/\d+$/, '*')))
  const together = `${nameOf(paths[0] ?? '')} and ${paths.length - 1} more`
  return patterns.map((pattern, at) => {
    const alike = patterns.filter(other => other === pattern).length
    return alike > 1 && rankOfName(paths[at] ?? '') !== undefined ? pattern : together
  })
}
