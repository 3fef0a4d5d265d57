import Settings2 from '@lucide/svelte/icons/settings-2'
import { definePage } from '../../shell/define-page.ts'
import Settings from './Settings.svelte'

export const page = definePage({
  id: 'settings',
  title: 'Settings',
  icon: Settings2,
  route: '/settings',
  keys: ['Mod+,'],
  order: 50,
  component: Settings,
})
