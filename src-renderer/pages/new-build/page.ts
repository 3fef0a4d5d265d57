import Hammer from '@lucide/svelte/icons/hammer'
import { definePage } from '../../shell/define-page.ts'
import NewBuild from './NewBuild.svelte'

export const page = definePage({
  id: 'new-build',
  title: 'New build',
  icon: Hammer,
  route: '/build',
  keys: ['Alt+B'],
  order: 14,
  component: NewBuild,
})
