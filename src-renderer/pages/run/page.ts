import ChartLine from '@lucide/svelte/icons/chart-line'
import { definePage } from '../../shell/define-page.ts'
import Run from './Run.svelte'

export const page = definePage({ id: 'run', title: 'Run', icon: ChartLine, route: '/run/:runId', component: Run })
