/** Words that a variable with a secret in it has in its name: HF_TOKEN, AWS_SECRET_ACCESS_KEY, DB_PASSWORD, SSH_AUTH_SOCK… */
const WORDS =
  /(^|[_-])(token|secret|password|passwd|passphrase|pass|pwd|apikey|api[_-]?key|key|credentials?|cred|auth|authorization|cookie|session|private|signature|dsn|pat)([_-]|\d|$)/i

/** Whether a variable of this name is treated as a secret: its value is passed on where asked, and never stored. */
export function isSecretName(name: string): boolean {
  return WORDS.test(name) || /(token|secret|password|apikey)$/i.test(name)
}

/** Stands where a secret was. */
export const REMOVED = '(removed)'

/** Shorter values ("1", "yes") would blot out half of every text. */
const MIN_SECRET_CHARS = 6

/**
 * Replaces the secrets of an environment wherever they stand in a text, longest first.
 * @param environment names and values; only values of secret names count
 */
export function secretRemover(environment: Readonly<Record<string, string | undefined>>): (text: string) => string {
  const secrets = Object.entries(environment)
    .flatMap(([name, value]) =>
      value !== undefined && value.length >= MIN_SECRET_CHARS && isSecretName(name) ? [value] : [],
    )
    .toSorted((a, b) => b.length - a.length)
  return text => secrets.reduce((rest, secret) => rest.replaceAll(secret, REMOVED), text)
}
