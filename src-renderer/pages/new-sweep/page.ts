import Waypoints from '@lucide/svelte/icons/waypoints'
import { definePage } from '../../shell/define-page.ts'
import NewSweep from './NewSweep.svelte'

export const page = definePage({
  id: 'new-sweep',
  title: 'New sweep',
  icon: Waypoints,
  route: '/sweep',
  keys: ['Alt+S'],
  order: 15,
  component: NewSweep,
})
