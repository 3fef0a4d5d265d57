import Timer from '@lucide/svelte/icons/timer'
import { definePage } from '../../shell/define-page.ts'
import NewBenchmark from './NewBenchmark.svelte'

export const page = definePage({
  id: 'new-benchmark',
  title: 'New benchmark',
  icon: Timer,
  route: '/new',
  component: NewBenchmark,
})
