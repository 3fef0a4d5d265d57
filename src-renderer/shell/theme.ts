import type { Theme } from '../host/page-host.ts'

const KEY = 'batchscope.theme'

/** The tokens follow `data-theme`; without it they follow the system. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  localStorage.setItem(KEY, theme)
}

/** Of the last visit, so that the first paint has the right colours before the settings arrive. */
export function rememberedTheme(): Theme {
  const theme = localStorage.getItem(KEY)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}
