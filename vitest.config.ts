import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/** Page state (`*.svelte.ts`) is compiled for the client, so that its runes are live in tests too. */
export default defineConfig({
  plugins: [svelte({ configFile: false, compilerOptions: { generate: 'client' } })],
  resolve: { conditions: ['browser'] },
  test: { include: ['test/**/*.test.ts'], exclude: ['test/artifacts/**'] },
})
