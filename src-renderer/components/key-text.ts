const ARROWS = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→' }
const MAC: Readonly<Record<string, string>> = { ...ARROWS, Mod: '⌘', Shift: '⇧', Alt: '⌥', Escape: 'Esc' }
const OTHERS: Readonly<Record<string, string>> = { ...ARROWS, Mod: 'Ctrl', Escape: 'Esc' }

/** A shortcut as people read it: `Mod+K` is `Ctrl K`, or `⌘ K` on a Mac. */
export function keyText(keys: string, mac: boolean): string {
  const names = mac ? MAC : OTHERS
  return keys
    .split('+')
    .map(part => names[part] ?? part)
    .join(' ')
}
