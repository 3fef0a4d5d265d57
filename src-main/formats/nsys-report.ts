import { EngineError } from '#domain/errors.ts'
import { defineFormat, type FileHead } from './define.ts'

/** First bytes of .nsys-rep and .qdrep: nsys 2022.4.2 writes "1.", 2023.4.4 its version as "2023@4@4@54-…". */
const REPORT = 'NVIDIA Tegra Profiler Report '
/** In the first bytes of a raw recording, .qdstrm: "…[END]NVIDIA Nsight Systems Stream 2022.4.2.1-…". */
const RECORDING = '[END]NVIDIA Nsight Systems Stream '

/**
 * A report of Nsight Systems as it stands: only nsys of the same or a newer version can turn it into a database. A raw
 * recording, which nsys leaves where its importer failed, can be read by the importer of the same version alone.
 */
export const nsysReport = defineFormat({
  id: 'nsys-report',
  title: 'Nsight Systems report',
  gives: 'trace',
  extensions: ['.nsys-rep', '.qdrep', '.qdstrm'],
  sniff: head => start(head).startsWith(REPORT) || recordingVersion(head) !== undefined,
  async read(source, signal) {
    signal?.throwIfAborted()
    const head = { bytes: await source.read(0, 256), text: '', size: source.size }
    const recording = recordingVersion(head)
    if (recording !== undefined) {
      throw new EngineError('FORMAT_UNKNOWN', 'This is a raw recording of nsys, not yet a report', {
        where: source.name,
        hint: `Make the report where nsys ${recording || 'that recorded it'} is installed whole: host-linux-x64/QdstrmImporter -i FILE.qdstrm, then open the .nsys-rep.`,
        detail:
          'nsys leaves a .qdstrm alone when its importer (the host folder of the installation) is missing or fails.',
      })
    }
    const version = /^(\d{4})@(\d+)@(\d+)/.exec(start(head).slice(REPORT.length))
    return {
      from: 'export',
      tool: 'nsys',
      ...(version === null ? {} : { toolVersion: version.slice(1).join('.') }),
    }
  },
})

function start({ bytes }: FileHead): string {
  return new TextDecoder().decode(bytes.subarray(0, 128))
}

/** '' when it does not tell a version; undefined: it is no raw recording. */
function recordingVersion(head: FileHead): string | undefined {
  const text = start(head)
  const at = text.indexOf(RECORDING)
  if (at < 0 || at > 8) return undefined
  return /^\d+\.\d+\.\d+/.exec(text.slice(at + RECORDING.length))?.[0] ?? ''
}
