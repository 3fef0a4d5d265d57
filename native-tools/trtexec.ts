import { defineTool } from './define.ts'
import { probe } from './readiness.ts'

/** TensorRT's command line. */
export const trtexec = defineTool({
  id: 'trtexec',
  title: 'TensorRT (trtexec)',
  purpose: 'Will build TensorRT engines; found and reported, not used by this version yet.',
  find: context =>
    probe(
      {
        search: {
          names: ['trtexec'],
          usualFolders: ['/usr/src/tensorrt/bin', '/opt/tensorrt/bin', '/usr/local/tensorrt/bin', '~/TensorRT*/bin'],
        },
        // There is no --version: it exits 1. The first line of --help names the version.
        args: ['--help'],
        version: ({ stdout, stderr }) => trtexecVersion(`${stdout}\n${stderr}`),
        hint: 'Install TensorRT (its bin folder holds trtexec), or set the path of trtexec in Settings.',
      },
      context,
    ),
})

/**
 * From the banner "&&&& RUNNING TensorRT.trtexec [TensorRT v101601] [b11] # …": up to 9.x four digits (8601 is 8.6.1),
 * from 10.0 two digits each (101601 is 10.16.1); 7.x names none.
 */
export function trtexecVersion(text: string): string | undefined {
  const banner = /&&&& RUNNING TensorRT\.trtexec(?: \[TensorRT v(\d+)\])?/.exec(text)
  if (banner === null) return undefined
  const number = Number(banner[1])
  if (!Number.isInteger(number)) return '7 or older'
  const base = number >= 100_000 ? 100 : 10
  return `${Math.floor(number / (base === 100 ? 10_000 : 1000))}.${Math.floor(number / 100) % base}.${number % 100}`
}
