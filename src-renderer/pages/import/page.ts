import FileInput from '@lucide/svelte/icons/file-input'
import { definePage } from '../../shell/define-page.ts'
import Import from './Import.svelte'

export const page = definePage({
  id: 'import',
  title: 'Import',
  icon: FileInput,
  route: '/import',
  order: 22,
  component: Import,
})
