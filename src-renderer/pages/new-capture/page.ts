import Activity from '@lucide/svelte/icons/activity'
import { definePage } from '../../shell/define-page.ts'
import NewCapture from './NewCapture.svelte'

export const page = definePage({
  id: 'new-capture',
  title: 'New capture',
  icon: Activity,
  route: '/capture',
  keys: ['Alt+C'],
  order: 16,
  component: NewCapture,
})
