import { describe, expect, test } from 'vitest'
import { EXTERNAL_ORIGINS, guardPages, guardSession, isAllowedOutside, isOwnPage } from '../../electron/guards.ts'
import { ElectronDouble } from '../doubles/electron.ts'
import { WebContentsDouble } from '../doubles/electron-window.ts'

function guardedPage() {
  const electron = new ElectronDouble({ userData: '/none' })
  guardPages(electron.app, electron.shell)
  electron.app.becomeReady()
  guardSession(electron.session.defaultSession)
  const page = new WebContentsDouble()
  electron.app.emit('web-contents-created', {}, page)
  return { electron, page }
}

describe('permissions', () => {
  test.each([
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'fullscreen',
    'openExternal',
    'hid',
    'serial',
    'usb',
    'fileSystem',
    'display-capture',
    'local-network-access',
    'something-new',
  ])('%s is refused', permission => {
    const { electron, page } = guardedPage()
    expect(electron.permissions.isGranted(page, permission, 'app://batchscope/')).toBe(false)
  })

  test('writing to the clipboard is the one thing granted, to the page itself only', () => {
    const { electron, page } = guardedPage()
    const write = (origin: string, isMainFrame = true) =>
      electron.permissions.isGranted(page, 'clipboard-sanitized-write', origin, isMainFrame)
    expect(write('app://batchscope/run/7')).toBe(true)
    expect(write('app://batchscope/', false)).toBe(false)
    expect(write('https://example.com/')).toBe(false)
    expect(write('app://batchscope.evil/')).toBe(false)
  })

  test('devices and screens are not handed out', () => {
    const { electron } = guardedPage()
    expect(electron.permissions.handlers.device?.()).toBe(false)
    const streams: unknown[] = []
    electron.permissions.handlers.screen?.({}, stream => streams.push(stream))
    expect(streams).toEqual([{}])
  })
})

describe('a page stays where it is', () => {
  test.each([
    'https://example.com/',
    'http://localhost:8000/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,<script>1</script>',
    'app://other/',
    'app://batchscope.evil/',
    'app://batchscope@evil/',
    'APP://batchscope/',
    'blob:app://batchscope/1',
    'about:blank',
  ])('%s is not navigated to, not redirected to, not opened', url => {
    const { electron, page } = guardedPage()
    expect(page.tryToLeave(url)).toBe(false)
    expect(page.tryToRedirect(url)).toBe(false)
    expect(page.tryToOpen(url)).toBe(false)
    expect(electron.openedOutside).toEqual([])
  })

  test('within the page it may go, but not in a frame and not into a new window', () => {
    const { page } = guardedPage()
    expect(page.tryToLeave('app://batchscope/run/7')).toBe(true)
    expect(page.tryToLeave('app://batchscope/run/7', false)).toBe(false)
    expect(page.tryToOpen('app://batchscope/')).toBe(false)
    expect(page.tryToRedirect('app://batchscope/')).toBe(false)
    expect(page.tryWebview()).toBe(false)
  })

  test('nothing leads out: the list of outside addresses is empty', () => {
    expect(EXTERNAL_ORIGINS).toEqual([])
    expect(isAllowedOutside('https://example.com/')).toBe(false)
  })

  test('a list would hold exact https origins', () => {
    const origins = ['https://example.com']
    expect(isAllowedOutside('https://example.com/docs?q=1', origins)).toBe(true)
    for (const url of [
      'http://example.com/',
      'https://example.com.evil/',
      'https://example.com:444/',
      'https://user@example.com/',
      'https://sub.example.com/',
      'not an address',
    ]) {
      expect(isAllowedOutside(url, origins)).toBe(false)
    }
  })

  test('the own page is known by its whole origin', () => {
    expect(isOwnPage('app://batchscope')).toBe(true)
    expect(isOwnPage('app://batchscopes/')).toBe(false)
  })
})
