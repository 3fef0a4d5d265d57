import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'

/** Invented, only for looking at: 20 s of a GPU that warms up at work and is held down for four of them. */
export function watchedGpu(): GpuSeries {
  return {
    index: 0,
    name: 'Double of a GPU',
    uuid: 'GPU-11111111-2222-3333-4444-555555555555',
    source: 'nvidia-smi 0.0 (double)',
    everyMs: 200,
    startedAt: '2026-11-21T10:00:00.000Z',
    powerReading: 'instant',
    powerLimitW: 350,
    smClockMaxMHz: 1980,
    wasFree: true,
    samples: Array.from({ length: 100 }, (_, at) => look(at)),
  }
}

function look(at: number): GpuSample {
  const works = at >= 10 && at < 90
  const held = at >= 50 && at < 70
  return {
    atMs: 200 * at,
    smClockMHz: works ? (held ? 1500 + (at % 5) * 15 : 1980) : 345,
    memoryClockMHz: works ? 2619 : 405,
    powerW: works ? (held ? 349 - (at % 3) : 310 + 10 * Math.sin(at / 4)) : 70,
    temperatureC: Math.round(works ? 40 + at / 2 : 38),
    utilizationPercent: works ? 95 + (at % 5) : 0,
    memoryUsedBytes: (works ? 4096 + 8 * at : 480) * 2 ** 20,
    throttleReasons: works
      ? held
        ? at >= 60
          ? ['sw_power_cap', 'sw_thermal_slowdown']
          : ['sw_power_cap']
        : []
      : ['gpu_idle'],
  }
}
