/**
 * The floors of the house: imports go down only, rooms of one floor meet only in engine.ts.
 * What the compiler's projects already refuse (Node in the pure rooms, engine code in the renderer) is not repeated.
 */
const FLOORS = [
  ['doors', '^(electron|src-main/(faces|api|desks|engine\\.ts|catalog\\.ts))'],
  ['work', '^src-main/(runs|jobs|reports|runtimes)/'],
  [
    'hands',
    '^(native-tools|src-main/(session|trace-cache|triton|workers|machine|models|user-data|sqlite\\.ts|app-info\\.ts))',
  ],
  ['pure', '^src-main/(findings|traces|formats|stats)/'],
  ['words', '^src-main/(contract|domain)/'],
]

const upwards = FLOORS.flatMap(([name, from], floor) =>
  FLOORS.slice(0, floor).map(([above, to]) => ({
    name: `${name}-imports-${above}`,
    comment: 'Imports go down only (ARCHITECTURE.md, floors).',
    severity: 'error',
    from: { path: from },
    to: { path: to },
  })),
)

const only = (name, module, doors) => ({
  name,
  comment: `One door: only ${doors} may import ${module}.`,
  severity: 'error',
  from: { path: '^(electron|src-main|src-renderer|native-tools)/', pathNot: doors },
  to: { path: module },
})

module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'work-rooms-apart',
      comment:
        "Rooms of one floor meet in engine.ts; only the type of another's plug-in interface (define.ts) may be named.",
      severity: 'error',
      from: { path: '^src-main/(runs|jobs|reports|runtimes)/' },
      to: { path: '^src-main/(runs|jobs|reports|runtimes)/', pathNot: ['^src-main/$1/', '/define\\.ts$'] },
    },
    {
      name: 'pure-rooms-apart',
      comment: 'Facts flow up through domain, not sideways.',
      severity: 'error',
      from: { path: '^src-main/(findings|traces|formats|stats)/' },
      to: { path: '^src-main/(findings|traces|formats|stats)/', pathNot: '^src-main/$1/' },
    },
    {
      name: 'domain-below-contract',
      severity: 'error',
      from: { path: '^src-main/domain/' },
      to: { path: '^src-main/contract/' },
    },
    {
      name: 'renderer-sees-words-only',
      comment: 'The page imports domain and contract, nothing else of the engine.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { path: '^(src-main|native-tools|electron)/', pathNot: '^src-main/(domain|contract)/' },
    },
    {
      name: 'engine-knows-no-face',
      comment: 'Neither Electron nor the page is known below the doors.',
      severity: 'error',
      from: { path: '^(src-main|native-tools)/' },
      to: { path: '^(electron|src-renderer|node_modules/(electron|svelte|chart\\.js|bits-ui))/' },
    },
    only('sqlite-door', '^node_modules/better-sqlite3/', '^src-main/sqlite\\.ts$'),
    only('onnxruntime-door', '^node_modules/onnxruntime-node/', '^src-main/workers/'),
    only('sharp-door', '^node_modules/sharp/', '^src-main/triton/data/picture\\.ts$'),
    only('grpc-door', '^node_modules/@grpc/', '^src-main/triton/control/'),
    only('chart-door', '^node_modules/chart\\.js/', '^src-renderer/charts/'),
    only(
      'spawn-door',
      '^(node:)?child_process$',
      '^(native-tools/spawn\\.ts|src-main/faces/start\\.mjs|src-main/workers/fake-bench\\.ts)$',
    ),
    only('electron-door', '^node_modules/electron/', '^electron/'),
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'src-main/tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'svelte', 'default'], exportsFields: ['exports'] },
  },
}
