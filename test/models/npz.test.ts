import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { readNpz } from '../../src-main/models/npz.ts'
import golden from '../golden/formats/npz.json' with { type: 'json' }
import { fromBase64 } from '../helpers/bytes.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

function saved(bytes: Uint8Array): string {
  const path = join(tempFolder(), 'inputs.npz')
  writeFileSync(path, bytes)
  return path
}

describe.each(['stored', 'deflated'] as const)('an archive of NumPy, %s', kind => {
  test('gives its arrays by name', async () => {
    const arrays = await readNpz(saved(fromBase64(golden[kind])))
    expect([...arrays]).toEqual([
      ['x', { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) }],
      ['ids/of words', { dtype: 'int64', shape: [3], data: BigInt64Array.of(1n, 2n, 3n) }],
    ])
  })

  test('cut or damaged anywhere it says so; no wrong value is read', async () => {
    const bytes = fromBase64(golden[kind])
    const whole = [...(await readNpz(saved(bytes))).values()]
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 0xff
      for (const broken of [bytes.subarray(0, at), damaged]) {
        try {
          for (const array of (await readNpz(saved(broken))).values()) expect(whole).toContainEqual(array)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(EngineError)
        }
      }
    }
  })
})

test('what is no archive is named as damaged', async () => {
  await expect(readNpz(saved(new Uint8Array(10)))).rejects.toMatchObject({ code: 'FORMAT_BROKEN' })
})
