import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/**
 * The page, for window and browser alike. Absolute asset addresses, because a deep route such as /run/7 is served with
 * the same index.html; no inlined assets and no polyfill script, because the page runs under `script-src 'self'`.
 */
export default defineConfig({
  root: `${import.meta.dirname}/src-renderer`,
  base: '/',
  publicDir: false,
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: `${import.meta.dirname}/dist/renderer`,
    emptyOutDir: true,
    target: ['chrome130', 'firefox128', 'safari18'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file: it is read from the same machine, and all of it is needed for the first page.
    chunkSizeWarningLimit: 900,
  },
})
