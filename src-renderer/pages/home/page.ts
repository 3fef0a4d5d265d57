import House from '@lucide/svelte/icons/house'
import { definePage } from '../../shell/define-page.ts'
import Home from './Home.svelte'

export const page = definePage({ id: 'home', title: 'Home', icon: House, route: '/', order: 10, component: Home })
