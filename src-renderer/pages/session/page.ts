import FolderOpen from '@lucide/svelte/icons/folder-open'
import { definePage } from '../../shell/define-page.ts'
import Session from './Session.svelte'

export const page = definePage({
  id: 'session',
  title: 'Session',
  icon: FolderOpen,
  route: '/session',
  component: Session,
})
