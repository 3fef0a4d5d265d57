import type { Icon } from './icon.ts'

export interface MenuAction {
  id: string
  title: string
  icon?: Icon
  kbd?: string
  note?: string
  disabled?: boolean
  danger?: boolean
  run: () => void
}

export type MenuItem = MenuAction | 'separator'
