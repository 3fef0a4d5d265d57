import { readdirSync } from 'node:fs'
import type { MenuItemConstructorOptions } from 'electron'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { applicationMenu, OPEN_FILE_COMMAND } from '../../electron/menu.ts'

// A page's id is the name of its folder; its components are not needed to know its command.
vi.mock('../../src-renderer/shell/pages.ts', () => {
  const folders = readdirSync(new URL('../../src-renderer/pages', import.meta.url))
  return { pages: folders.map(id => ({ id, title: id, route: '/', order: 1 })) }
})

const PLATFORMS = ['linux', 'win32', 'darwin'] as const

function menuOn(platform: NodeJS.Platform, developed = false) {
  const commands: string[] = []
  let windows = 0
  const template = applicationMenu({
    platform,
    developed,
    newWindow: () => windows++,
    command: id => commands.push(id),
  })
  return { template, commands, windows: () => windows, items: flat(template) }
}

function flat(items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return items.flatMap(item => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])
}

/** A click without window and event: what an item does must not depend on them. */
const click = (item: MenuItemConstructorOptions | undefined) => Reflect.apply(item?.click ?? expect.fail, undefined, [])

describe.each(PLATFORMS)('the menu on %s', platform => {
  test('sends the command of the item that was chosen', () => {
    const { items, commands } = menuOn(platform)
    click(items.find(item => item.label === 'Open…'))
    click(items.find(item => item.label === 'Command Palette…'))
    expect(commands).toEqual(['session.open', 'palette.open'])
  })

  test('opens another window itself', () => {
    const { items, commands, windows } = menuOn(platform)
    click(items.find(item => item.label === 'New Window'))
    expect([windows(), commands]).toEqual([1, []])
  })

  test('gives no key to two items', () => {
    const keys = menuOn(platform).items.flatMap(item => item.accelerator ?? [])
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('every item does something', () => {
    for (const item of menuOn(platform).items) {
      expect(item.role ?? item.click ?? item.submenu ?? item.type, String(item.label)).toBeDefined()
    }
  })

  test('offers developer tools in a checkout only', () => {
    const hasTools = (developed: boolean) =>
      menuOn(platform, developed).items.some(item => item.role === 'toggleDevTools')
    expect([hasTools(true), hasTools(false)]).toEqual([true, false])
  })
})

test('quitting, settings and recent documents stand where each system has them', () => {
  const roles = (platform: NodeJS.Platform) => menuOn(platform).template.map(item => item.role ?? item.label)
  expect(roles('darwin')[0]).toBe('appMenu')
  expect(roles('linux')[0]).toBe('&File')
  expect(menuOn('darwin').items.some(item => item.role === 'recentDocuments')).toBe(true)
  expect(menuOn('win32').items.filter(item => item.role === 'quit')).toHaveLength(1)
})

describe('the page knows every command of the menu', () => {
  let known: string[] = []
  beforeAll(async () => {
    // The page as it is in the window: with the preload's bridge.
    vi.stubGlobal('window', { batchscopeHost: {}, addEventListener() {} })
    vi.stubGlobal('sessionStorage', { getItem: () => null })
    const { shellCommands } = await import('../../src-renderer/shell/shell-commands.ts')
    known = shellCommands().map(({ id }) => id)
    return () => vi.unstubAllGlobals()
  })

  test.each(PLATFORMS)('on %s', platform => {
    const { items, commands } = menuOn(platform)
    for (const item of items) if (item.click && item.label !== 'New Window') click(item)
    expect(commands.filter(id => !known.includes(id))).toEqual([])
  })

  test('and the one that opens a file', () => {
    expect(known).toContain(OPEN_FILE_COMMAND)
  })
})
