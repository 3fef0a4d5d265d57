import { defineTool } from './define.ts'
import { probe } from './readiness.ts'

/** NVIDIA Nsight Systems' command line. */
export const nsys = defineTool({
  id: 'nsys',
  title: 'Nsight Systems (nsys)',
  purpose: 'Will capture where CPU and GPU time goes; found and reported, not used by this version yet.',
  find: context =>
    probe(
      {
        search: {
          names: ['nsys'],
          usualFolders: [
            '/usr/local/cuda/bin',
            '/opt/nvidia/nsight-systems/*/bin',
            '/opt/nvidia/nsight-systems-cli/*/bin',
            '/usr/lib/nsight-systems/bin',
            'C:/Program Files/NVIDIA Corporation/Nsight Systems */target-windows-x64',
          ],
        },
        args: ['--version'],
        version: ({ stdout }) => nsysVersion(stdout),
        hint: 'Install Nsight Systems (part of the CUDA toolkit, or nsight-systems-cli from NVIDIA), or set its path in Settings.',
      },
      context,
    ),
})

/** "NVIDIA Nsight Systems version 2023.4.4.54-234433681190v0" → 2023.4.4. */
export function nsysVersion(text: string): string | undefined {
  return /Nsight Systems version (\d+\.\d+\.\d+)/.exec(text)?.[1]
}
