import type { Component } from 'svelte'

/** An icon of @lucide/svelte, imported one by one: `import Play from '@lucide/svelte/icons/play'`. */
export type Icon = Component<{ size?: number | string; class?: string; 'aria-hidden'?: 'true' | 'false' | boolean }>
