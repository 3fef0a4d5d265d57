import { globSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const here = import.meta.dirname

/** Started by file name from `native-tools/start-worker.ts`, so no import leads to them. */
const workers = globSync('src-main/workers/*.ts', { cwd: here })

/** Read by path at run time, so they travel with the built modules that read them. */
const helpers: Plugin = {
  name: 'batchscope-helpers',
  applyToEnvironment: environment => environment.name === 'ssr',
  buildStart() {
    for (const fileName of globSync('native-tools/python/**/*.py', { cwd: here })) {
      this.emitFile({ type: 'asset', fileName, source: readFileSync(join(here, fileName)) })
    }
  },
}

/**
 * The desktop door and the engine as plain JavaScript: `vite build --config vite.electron.config.ts --app`.
 * Main process, engine process and workers keep one file per source file under `dist/`, laid out as the sources are,
 * so that a path relative to a module (worker, Python helper) holds in both. Packages stay in `node_modules`.
 * The preload is one CommonJS file: sandboxed, it can require nothing but `electron`.
 */
export default defineConfig({
  root: here,
  publicDir: false,
  plugins: [helpers],
  environments: {
    ssr: {
      build: {
        ssr: true,
        emitAssets: true,
        outDir: 'dist',
        emptyOutDir: false,
        minify: false,
        target: 'node24',
        rolldownOptions: {
          input: ['electron/main.ts', 'electron/engine-process.ts', ...workers],
          external: ['electron'],
          output: { format: 'esm', preserveModules: true, preserveModulesRoot: here, entryFileNames: '[name].js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      build: {
        outDir: 'dist/electron',
        emptyOutDir: false,
        minify: false,
        target: 'chrome140',
        rolldownOptions: {
          input: { preload: 'electron/preload.ts' },
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: '[name].cjs' },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      const out = builder.environments.ssr?.config.build.outDir ?? 'dist'
      for (const folder of ['electron', 'src-main', 'native-tools']) {
        rmSync(resolve(here, out, folder), { recursive: true, force: true })
      }
      for (const name of ['ssr', 'preload']) {
        const environment = builder.environments[name]
        if (environment) await builder.build(environment)
      }
    },
  },
})
