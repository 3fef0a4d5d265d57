import type { Page } from './define-page.ts'
import { matchRoute } from './routes.ts'

const modules = import.meta.glob<{ page: Page }>('../pages/*/page.ts', { eager: true })

export const pages: readonly Page[] = Object.values(modules)
  .map(module => module.page)
  .sort((a, b) => (a.order ?? 99) - (b.order ?? 99))

export interface Place {
  page: Page
  params: Record<string, string>
}

export function placeOf(path: string): Place | undefined {
  for (const page of pages) {
    const params = matchRoute(page.route, path)
    if (params) return { page, params }
  }
  return undefined
}
