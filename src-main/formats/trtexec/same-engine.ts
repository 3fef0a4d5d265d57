/** What exports of one engine are called behind the name they share: `net.exportTimes.json`, `net.profile.metadata.json`. */
const ROLE = /[._-](?:export)?(?:times?|timing|profile|layer[_-]?info|layers|graph|build|metadata|log)(?=[._-]|$)/i

/** The name that a log and its exports share. @param path of either system */
function stemOf(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  const folder = path.slice(0, path.length - name.length)
  const bare = name.replace(/\.(?:json|log|txt)$/i, '')
  const role = ROLE.exec(bare)
  return folder + (role === null || role.index === 0 ? bare : bare.slice(0, role.index))
}

/**
 * Files that tell of one engine, by their names: in one folder, one stem, no two of one format.
 * @returns groups of paths in the order of the files; a file that belongs to none is alone in its group
 */
export function groupedByEngine(files: readonly { path: string; formatId: string | undefined }[]): string[][] {
  const groups: { stem: string; formats: Set<string>; paths: string[] }[] = []
  for (const { path, formatId } of files) {
    const stem = stemOf(path)
    const group = groups.find(each => each.stem === stem && formatId !== undefined && each.formats.size > 0)
    const isMetadata = formatId === 'trex-metadata'
    if (formatId !== undefined && group !== undefined && (isMetadata || !group.formats.has(formatId))) {
      group.formats.add(formatId)
      group.paths.push(path)
    } else groups.push({ stem, formats: new Set(formatId === undefined ? [] : [formatId]), paths: [path] })
  }
  return groups.map(({ paths }) => paths)
}
