import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { electronBinary, whyNoWindow } from '../../src-main/faces/window.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

test('a window needs a display on Linux, of either kind, and nothing elsewhere', () => {
  expect(whyNoWindow('linux', {})).toBe('no display')
  expect(whyNoWindow('linux', { DISPLAY: '' })).toBe('no display')
  expect(whyNoWindow('linux', { DISPLAY: ':0' })).toBeUndefined()
  expect(whyNoWindow('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBeUndefined()
  expect([whyNoWindow('darwin', {}), whyNoWindow('win32', {})]).toEqual([undefined, undefined])
})

test("Electron's binary is the one its package recorded, and only if it is really there", () => {
  const folder = tempFolder()
  expect(electronBinary(folder)).toBeUndefined()
  writeFileSync(join(folder, 'path.txt'), 'electron\n')
  expect(electronBinary(folder)).toBeUndefined()
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'dist', 'electron'), '')
  expect(electronBinary(folder)).toBe(join(folder, 'dist', 'electron'))
})
