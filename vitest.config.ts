import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/**
 * Page state (`*.svelte.ts`) runs in Node as it would on a server: `$state` is a plain field, `$derived` is computed
 * when read, `$effect` never runs. What is live is tested in real Chromium (test/renderer/harness).
 */
export default defineConfig({
  plugins: [svelte({ configFile: false })],
  test: { include: ['test/**/*.test.ts'], exclude: ['test/artifacts/**'] },
})
