import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { placeWindow, readWindowState, writeWindowState } from '../../electron/window-state.ts'

const screen = { x: 0, y: 0, width: 1920, height: 1040 }
const second = { x: 1920, y: 0, width: 2560, height: 1400 }
const left = (x: number, y: number, width = 1200, height = 800, maximized = false) => ({
  bounds: { x, y, width, height },
  maximized,
})

describe('where a window opens', () => {
  test('at first in the middle of the primary screen', () => {
    expect(placeWindow(undefined, [screen, second])).toEqual(left(320, 100, 1280, 840))
  })

  test('as it was left, on the second screen too', () => {
    expect(placeWindow(left(2400, 200), [screen, second])).toEqual(left(2400, 200))
  })

  test('on the primary screen again when its own screen is gone, still maximised', () => {
    expect(placeWindow(left(2400, 200, 1200, 800, true), [screen])).toEqual(left(320, 100, 1280, 840, true))
  })

  test.each([
    ['left of everything', left(-5000, 100)],
    ['title bar above the screen', left(100, -40)],
    ['title bar below the screen', left(100, 1030)],
    ['only a sliver visible', left(1850, 100)],
  ])('not where the user cannot get hold of it: %s', (_where, state) => {
    expect(placeWindow(state, [screen]).bounds).toMatchObject({ x: 320, y: 100 })
  })

  test('never larger than its screen, never smaller than the page is laid out for', () => {
    expect(placeWindow(left(0, 0, 4000, 3000), [screen]).bounds).toEqual({ ...screen })
    expect(placeWindow(left(10, 10, 200, 50), [screen]).bounds).toEqual({ x: 10, y: 10, width: 880, height: 560 })
  })

  test('beside a window that is already there', () => {
    const { bounds } = placeWindow(left(100, 100), [screen], [{ x: 100, y: 100, width: 1200, height: 800 }])
    expect(bounds).toMatchObject({ x: 132, y: 132 })
  })
})

describe('the state file', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'batchscope-state-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is read back as written, and no draft is left', () => {
    const file = join(folder, 'user data', 'window-state.json')
    expect(writeWindowState(file, left(10, 20))).toBeUndefined()
    expect(readWindowState(file)).toEqual(left(10, 20))
    expect(readdirSync(join(folder, 'user data'))).toEqual(['window-state.json'])
  })

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{"bounds":{"x":0,"y":0,"width":-1,"height":10},"maximized":false}',
    '{"bounds":{"x":1e99,"y":0,"width":900,"height":700},"maximized":false}',
    '{"bounds":{"x":"0","y":0,"width":900,"height":700},"maximized":false}',
    '\0\0\0\0',
  ])('is ignored when damaged: %j', text => {
    const file = join(folder, 'window-state.json')
    writeFileSync(file, text)
    expect(readWindowState(file)).toBeUndefined()
  })

  test('that cannot be written costs nothing but the position', () => {
    const blocked = join(folder, 'not-a-folder')
    writeFileSync(blocked, 'x')
    expect(writeWindowState(join(blocked, 'window-state.json'), left(0, 0))).toBeInstanceOf(Error)
    expect(readFileSync(blocked, 'utf8')).toBe('x')
    expect(readWindowState(join(folder, 'missing.json'))).toBeUndefined()
    expect(existsSync(join(folder, 'missing.json'))).toBe(false)
  })
})
