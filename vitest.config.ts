import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/**
 * Three projects: `unit` (no process, no browser), `process` (children, files, faults, fuzzing) and `browser` (real Chromium
 * over the built page). The last two run their files one after another: on two cores, timing-sensitive children
 * beside each other would only test the machine.
 *
 * Page state (`*.svelte.ts`) runs in Node as it would on a server: `$state` is a plain field, `$derived` is computed
 * when read, `$effect` never runs. What is live is tested in real Chromium.
 */
const heavy = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 }
const processRooms = [
  'engine',
  'faces',
  'fault',
  'fuzz',
  'jobs',
  'machine',
  'models',
  'native-tools',
  'runtimes',
  'session',
  'trace-cache',
  'triton',
  'workers',
]

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte({ configFile: false })],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/artifacts/**', 'test/e2e/**', ...processRooms.map(room => `test/${room}/**`)],
        },
      },
      { test: { name: 'process', include: processRooms.map(room => `test/${room}/**/*.test.ts`), ...heavy } },
      // A page on a loaded machine is late, not wrong: polls wait as long as Playwright does.
      {
        test: {
          name: 'browser',
          include: ['test/e2e/**/*.test.ts'],
          expect: { poll: { timeout: 15_000 } },
          ...heavy,
        },
      },
    ],
  },
})
