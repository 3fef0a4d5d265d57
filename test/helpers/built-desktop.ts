import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createBuilder } from 'vite'
import { ROOT } from './cli.ts'

/** Inside the repository, so that packages and package.json are found above it as they are above `dist`. */
const OUT = join(ROOT, 'test', '.cache', 'desktop')

export interface BuiltDesktop {
  engine: string
  preload: string
  /** Folder of the built page: what `npm run build` left in `dist`, and `npm test` keeps fresh. */
  page: string
}

/** Builds the desktop door apart from `dist`, so that a test never takes away what runs from there. */
export async function buildDesktop(): Promise<BuiltDesktop> {
  const builder = await createBuilder({
    configFile: join(ROOT, 'vite.electron.config.ts'),
    logLevel: 'error',
    environments: {
      ssr: { build: { outDir: OUT } },
      preload: { build: { outDir: join(OUT, 'electron') } },
    },
  })
  await builder.buildApp()
  const page = join(ROOT, 'dist', 'renderer')
  if (!existsSync(page)) throw new Error('The page is not built: run `npm test` or `npm run build` first.')
  return { engine: join(OUT, 'electron', 'engine-process.js'), preload: join(OUT, 'electron', 'preload.cjs'), page }
}
