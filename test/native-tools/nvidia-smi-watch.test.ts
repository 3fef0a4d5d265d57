import { describe, expect, test } from 'vitest'
import {
  busyGpus,
  knownFields,
  lookFields,
  parseGpuList,
  parseLook,
  powerReading,
  staticArgs,
  staticFields,
  watchArgs,
} from '../../native-tools/nvidia-smi-watch.ts'
import { FIELDS_465, FIELDS_610 } from '../helpers/nvidia-smi-double.ts'

/** In the form of `nvidia-smi --help-query-gpu` (drivers 465.27 and 610.43). */
function helpText(fields: readonly (readonly string[])[]): string {
  const properties = fields.map(
    names => `${names.map(name => `"${name}"`).join(' or ')}\nWords "in quotes" about it.\n`,
  )
  return ['List of valid properties to query for the switch "--query-gpu=":\n', ...properties].join('\n')
}

describe('what a driver can be asked', () => {
  test('an old driver is asked in its own words, a new one for power of the instant', () => {
    const old = lookFields(knownFields(helpText(FIELDS_465)))
    expect(old).toMatchObject({ powerW: 'power.draw', reasons: 'clocks_throttle_reasons.active' })
    expect(powerReading(old)).toBe('last second')
    const recent = lookFields(knownFields(helpText(FIELDS_610)))
    expect(recent).toMatchObject({ powerW: 'power.draw.instant', reasons: 'clocks_event_reasons.active' })
    expect(powerReading(recent)).toBe('instant')
  })

  test('the argument array of a new driver', () => {
    expect(watchArgs(lookFields(knownFields(helpText(FIELDS_610))), 200)).toEqual([
      '--query-gpu=timestamp,index,clocks.sm,clocks.mem,power.draw.instant,temperature.gpu,utilization.gpu,memory.used,clocks_event_reasons.active',
      '--format=csv,noheader,nounits',
      '-lms',
      '200',
    ])
  })

  test('a field that the driver does not list is not asked: one unknown field makes nvidia-smi refuse all', () => {
    const fields = FIELDS_465.filter(([name]) => name !== 'mig.mode.current' && name !== 'utilization.gpu')
    const known = knownFields(helpText(fields))
    expect(staticArgs(staticFields(known))[0]).toBe(
      '--query-gpu=index,name,uuid,driver_version,power.limit,clocks.max.sm',
    )
    expect(Object.keys(lookFields(known))).not.toContain('utilizationPercent')
  })

  test('a text that lists nothing is no help: the words of every driver since 418 are used', () => {
    expect(
      knownFields('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'),
    ).toBeUndefined()
    expect(lookFields(undefined)).toMatchObject({ powerW: 'power.draw', reasons: 'clocks_throttle_reasons.active' })
    expect(staticFields(undefined)).not.toContain('mig.mode.current')
  })
})

describe('a line', () => {
  const fields = lookFields(undefined)

  // Cells as driver 465.27 printed them for a GeForce RTX 2080 SUPER (sample of utkuozdemir/nvidia_gpu_exporter), without units.
  test('a GPU at rest', () => {
    const look = parseLook('2021/06/10 00:55:54.492, 0, 300, 405, 30.37, 32, 0, 344, 0x0000000000000001', fields)
    expect(look).toEqual({
      index: 0,
      lookedAt: new Date(2021, 5, 10, 0, 55, 54, 492).getTime(),
      sample: {
        smClockMHz: 300,
        memoryClockMHz: 405,
        powerW: 30.37,
        temperatureC: 32,
        utilizationPercent: 0,
        memoryUsedBytes: 360_710_144,
        throttleReasons: ['gpu_idle'],
      },
    })
  })

  test('what the GPU does not tell is absent, not 0; with MIG that is the utilisation', () => {
    const look = parseLook(
      '2026/09/01 20:47:29.001, 0, [Unknown Error], [N/A], [Not Supported], N/A, [N/A], [GPU requires reset], [N/A]',
      fields,
    )
    expect(look?.sample).toEqual({})
  })

  test.each([
    ['0x0000000000000000', []],
    ['0x0000000000000044', ['sw_power_cap', 'hw_thermal_slowdown']],
    ['0x0000000000000068', ['hw_slowdown', 'sw_thermal_slowdown', 'hw_thermal_slowdown']],
    ['0x0000000000000204', ['sw_power_cap', 'bit_0x200']],
    ['0xFFFFFFFFFFFFFE00', ['bit_0xfffffffffffffe00']],
  ])('reasons %s are %j', (mask, reasons) => {
    const line = `2026/09/01 20:47:29.001, 3, 1, 1, 1, 1, 1, 1, ${mask}`
    expect(parseLook(line, fields)).toMatchObject({ index: 3, sample: { throttleReasons: reasons } })
  })

  test.each([
    '',
    'Unable to determine the device handle for GPU0000:01:00.0: GPU is lost.',
    '2021/06/10 00:55:54.492, 0, 300, 405',
    'a, b, c, d, e, f, g, h, i',
  ])('%j is no look', line => {
    expect(parseLook(line, fields)).toBeUndefined()
  })
})

test('GPUs of a machine: what one does not tell is absent, MIG is noticed', () => {
  const fields = staticFields(knownFields(helpText(FIELDS_610)))
  const text = [
    '0, NVIDIA H200, GPU-0, 610.43.02, 700.00, 1980, Enabled',
    '1, NVIDIA GeForce RTX 2080 SUPER, GPU-1, 610.43.02, [N/A], 2145, [N/A]',
    'No devices were found',
  ].join('\n')
  expect(parseGpuList(text, fields)).toEqual([
    {
      index: 0,
      name: 'NVIDIA H200',
      uuid: 'GPU-0',
      driver: '610.43.02',
      powerLimitW: 700,
      smClockMaxMHz: 1980,
      mig: true,
    },
    { index: 1, name: 'NVIDIA GeForce RTX 2080 SUPER', uuid: 'GPU-1', driver: '610.43.02', smClockMaxMHz: 2145 },
  ])
})

test('processes that compute, by GPU; a message is none', () => {
  expect(busyGpus('GPU-0, 4211\nGPU-0, 4212\nNo running processes found\n')).toEqual(new Set(['GPU-0']))
})
