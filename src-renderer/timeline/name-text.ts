/** Names come from files and are hostile: what would draw nothing, or turn the text around it, is drawn as a sign. */

/** C0, DEL, C1; marks and overrides of direction; line and paragraph separators; byte order mark; tags. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu

/** The name with every character that cannot be seen as its code: `⟨202e⟩`. Names without any are returned as they are. */
export function readable(name: string): string {
  return name.replaceAll(UNSEEN, sign => `⟨${(sign.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}⟩`)
}
