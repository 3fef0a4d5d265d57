import { captureOutput } from '../../../native-tools/capture-output.ts'
import { tensorrtOfImage } from '../../../native-tools/docker.ts'
import { entriesOf, readFolder } from '../repository/model-folder.ts'

const ASK_TIMEOUT_MS = 5000

/**
 * Engines of a repository that another TensorRT built than the image's, a sentence each; none where the image is not on this
 * machine yet or does not tell its version.
 */
export async function enginesOfOthers(repositoryPath: string, imageEnvArgv: readonly string[]): Promise<string[]> {
  const engines: { name: string; tensorrt: string }[] = []
  for (const { name, isFolder } of await entriesOf(repositoryPath)) {
    if (!isFolder) continue
    // The server may read all that its user may: so may we.
    for (const { version, file, tensorrt } of (await readFolder(repositoryPath, name, async () => true)).engines)
      if (tensorrt !== undefined) engines.push({ name: `${name}/${version}/${file}`, tensorrt })
  }
  if (engines.length === 0) return []
  const { exitCode, stdout } = await captureOutput({ argv: imageEnvArgv, timeoutMs: ASK_TIMEOUT_MS })
  const own = exitCode === 0 ? tensorrtOfImage(stdout) : undefined
  if (own === undefined) return []
  return engines
    .filter(({ tensorrt }) => release(tensorrt) !== release(own))
    .map(
      ({ name, tensorrt }) =>
        `${name} was built by TensorRT ${tensorrt}, the container has ${own}: it will not load unless it was built version-compatible. Build it again in this container, or use the image of that TensorRT.`,
    )
}

/** Without the build, which engines do not depend on. */
function release(version: string): string {
  return version.split('.').slice(0, 3).join('.')
}
