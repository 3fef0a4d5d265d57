import ServerIcon from '@lucide/svelte/icons/server'
import { definePage } from '../../shell/define-page.ts'
import Server from './Server.svelte'

export const page = definePage({
  id: 'server',
  title: 'Server',
  icon: ServerIcon,
  route: '/server',
  order: 10,
  component: Server,
})
