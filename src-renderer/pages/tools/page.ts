import Wrench from '@lucide/svelte/icons/wrench'
import { definePage } from '../../shell/define-page.ts'
import Tools from './Tools.svelte'

export const page = definePage({
  id: 'tools',
  title: 'Tools',
  icon: Wrench,
  route: '/tools',
  order: 40,
  component: Tools,
})
