import FolderTree from '@lucide/svelte/icons/folder-tree'
import { definePage } from '../../shell/define-page.ts'
import Repository from './Repository.svelte'

export const page = definePage({
  id: 'repository',
  title: 'Model repository',
  icon: FolderTree,
  route: '/repository',
  order: 20,
  component: Repository,
})
