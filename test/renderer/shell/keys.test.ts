import { expect, test } from 'vitest'
import { keyText } from '../../../src-renderer/components/key-text.ts'
import { isPressed, usableKeys } from '../../../src-renderer/shell/keys.ts'

const press = (
  key: string,
  modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
})

test('Mod is Ctrl here and Command on a Mac, and never the other one', () => {
  expect(isPressed('Mod+K', press('k', { ctrlKey: true }), false)).toBe(true)
  expect(isPressed('Mod+K', press('k', { metaKey: true }), false)).toBe(false)
  expect(isPressed('Mod+K', press('k', { metaKey: true }), true)).toBe(true)
  expect(isPressed('Mod+K', press('k', { ctrlKey: true }), true)).toBe(false)
})

test('Shift counts for letters, and is ignored for signs that need it', () => {
  expect(isPressed('Mod+Shift+P', press('P', { ctrlKey: true, shiftKey: true }), false)).toBe(true)
  expect(isPressed('Mod+Shift+P', press('p', { ctrlKey: true }), false)).toBe(false)
  expect(isPressed('?', press('?', { shiftKey: true }), false)).toBe(true)
  expect(isPressed('?', press('?', { shiftKey: true, ctrlKey: true }), false)).toBe(false)
})

test('keys that a browser tab keeps for itself are offered only in the window', () => {
  expect(usableKeys(['Mod+N', 'Alt+N'], 'browser')).toEqual(['Alt+N'])
  expect(usableKeys(['Mod+N', 'Alt+N'], 'window')).toEqual(['Mod+N', 'Alt+N'])
})

test('shortcuts are shown the way the platform writes them', () => {
  expect(keyText('Mod+Shift+P', false)).toBe('Ctrl Shift P')
  expect(keyText('Mod+Shift+P', true)).toBe('⌘ ⇧ P')
  expect(keyText('Alt+ArrowUp', false)).toBe('Alt ↑')
})
