import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { tempFolder } from './temp-folder.ts'

/** A certificate of its own authority for `name`, and its key, as files that go with the test. Needs openssl. */
export function selfSigned(name: string): { caPath: string; keyPath: string } {
  const folder = tempFolder()
  const [caPath, keyPath] = [join(folder, 'server.pem'), join(folder, 'server.key')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyPath, '-out', caPath]
  execFileSync('openssl', [...made, ...subject], { stdio: 'pipe' })
  return { caPath, keyPath }
}
