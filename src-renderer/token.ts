const KEY = 'batchscope.token'

/**
 * The server's token: from `#token=…`, which is then taken out of the visible address, else from an earlier load of
 * this tab. Kept for the tab only, so that a reload works and nothing is written to disk.
 */
export function takeToken(page: Pick<Window, 'location' | 'history' | 'sessionStorage'>): string | undefined {
  const fragment = new URLSearchParams(page.location.hash.slice(1))
  const given = fragment.get('token')
  if (given === null) return page.sessionStorage.getItem(KEY) ?? undefined
  page.sessionStorage.setItem(KEY, given)
  page.history.replaceState(page.history.state, '', page.location.pathname + page.location.search)
  return given
}
