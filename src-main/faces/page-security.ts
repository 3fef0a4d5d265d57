/**
 * What every door that hands out the page says about it: `app://batchscope/` in the window, `serve` in a browser tab.
 * Constants only, so that electron/ and serve say the same and a test can read it.
 */

/**
 * Nothing from elsewhere, nothing inline, no plug-ins, no frames, no forms. `connect-src 'self'` covers the WebSocket
 * of the same host and port (CSP 3 §6.7.2.8); `blob:` and `data:` images are the page's own chart exports.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Sent with every file of the page. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), usb=(), serial=(), hid=(), payment=()',
}
