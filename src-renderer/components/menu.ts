import type { Icon } from './icon.ts'

export interface MenuAction {
  id: string
  title: string
  icon?: Icon
  kbd?: string
  note?: string
  disabled?: boolean
  danger?: boolean
  /** A tick before it; present: the item is a check item and the menu stays open. */
  checked?: boolean
  run: () => void
}

export type MenuItem = MenuAction | 'separator'
