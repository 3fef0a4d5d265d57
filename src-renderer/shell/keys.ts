/**
 * Shortcuts as text: `Mod+K`, `Mod+Shift+P`, `Alt+N`, `?`, `Escape`. `Mod` is ⌘ on a Mac and Ctrl elsewhere.
 * A key that needs Shift to be typed (`?`) is written as it is typed.
 */
export interface Chord {
  key: string
  mod: boolean
  shift: boolean
  alt: boolean
}

export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>

export function parseKeys(text: string): Chord {
  const parts = text.split('+')
  const key = parts.pop() ?? ''
  return { key, mod: parts.includes('Mod'), shift: parts.includes('Shift'), alt: parts.includes('Alt') }
}

export function isPressed(text: string, press: KeyPress, mac: boolean): boolean {
  const chord = parseKeys(text)
  const mod = mac ? press.metaKey : press.ctrlKey
  const otherMod = mac ? press.ctrlKey : press.metaKey
  if (otherMod || mod !== chord.mod || press.altKey !== chord.alt) return false
  const typed = chord.key.length === 1 && !/[a-z0-9]/i.test(chord.key)
  if (!typed && press.shiftKey !== chord.shift) return false
  return press.key.toLowerCase() === chord.key.toLowerCase()
}

/** Keys that a browser tab keeps for itself: shown and used only in the window. */
const BROWSER_OWN = new Set(['Mod+N', 'Mod+T', 'Mod+W', 'Mod+Shift+N', 'Mod+Shift+T', 'Mod+Shift+W', 'Mod+Q'])

export function usableKeys(keys: readonly string[], where: 'window' | 'browser'): string[] {
  return where === 'window' ? [...keys] : keys.filter(each => !BROWSER_OWN.has(each))
}
