import type { Component } from 'svelte'

export interface PageProps {
  /** Named parts of the route: `/run/:runId` gives `{ runId }`. */
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
}

export type IconComponent = Component<{ size?: number; 'aria-hidden'?: 'true' | boolean; class?: string }>

/** A page: `pages/<id>/page.ts` exports `page = definePage({…})`; the shell finds it by its folder. */
export interface Page {
  id: string
  title: string
  icon: IconComponent
  /** `/`, `/tools`, `/run/:runId`. */
  route: string
  /** Shortcut that opens it, as in commands; only for routes without parameters. */
  keys?: readonly string[]
  /** Place in the sidebar's foot and the palette; absent: not listed (reached from elsewhere). */
  order?: number
  component: Component<PageProps>
}

/** A page without parameters needs no props: it ignores those it gets. */
export function definePage(
  page: Omit<Page, 'component'> & { component: Page['component'] | Component<Record<string, never>> },
): Page {
  return page as Page
}
