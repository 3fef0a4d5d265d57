import { expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { readHead } from '#formats/define.ts'
import { torchscript } from '#formats/torchscript.ts'

interface Entry {
  name: string
  data?: string
}

/** A ZIP archive of stored files, by APPNOTE.TXT 4.3: headers, directory, end record. */
function zip(entries: readonly Entry[], comment = ''): Uint8Array {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, data = 'x' } of entries) {
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt32LE(data.length, 18)
    local.writeUInt32LE(data.length, 22)
    local.writeUInt16LE(Buffer.byteLength(name), 26)
    const central = Buffer.alloc(46)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(Buffer.byteLength(name), 28)
    central.writeUInt32LE(at, 42)
    directory.push(central, Buffer.from(name))
    parts.push(local, Buffer.from(name), Buffer.from(data))
    at += 30 + Buffer.byteLength(name) + data.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return new Uint8Array(Buffer.concat([...parts, ...directory, end, Buffer.from(comment)]))
}

function source(bytes: Uint8Array) {
  return {
    name: 'net.pt',
    size: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  }
}

const SCRIPT = [
  { name: 'net/data.pkl' },
  { name: 'net/code/__torch__.py', data: 'class Net(Module):' },
  { name: 'net/version' },
]

test('an archive with a module and its program is a model whose inputs nobody knows', async () => {
  const file = source(zip(SCRIPT, 'a comment'))
  expect(torchscript.sniff(await readHead(file))).toBe(true)
  expect(await torchscript.read(file)).toMatchObject({ inputs: [], outputs: [], externalFiles: [] })
})

test('a checkpoint is told from a program', async () => {
  const file = source(zip([{ name: 'archive/data.pkl' }, { name: 'archive/data/0' }]))
  expect(torchscript.sniff(await readHead(file))).toBe(true)
  await expect(torchscript.read(file)).rejects.toMatchObject({
    code: 'MODEL_BROKEN',
    message: 'This PyTorch file holds weights without a program',
  })
})

test('other archives are not claimed', async () => {
  for (const name of ['word/document.xml', 'data.pkl', 'a/b/data.pkl', 'model.npy']) {
    expect(torchscript.sniff(await readHead(source(zip([{ name }]))))).toBe(false)
  }
})

test('cut anywhere or with any byte changed it reads or says why', async () => {
  const whole = zip(SCRIPT)
  const reads = async (bytes: Uint8Array) =>
    torchscript.read(source(bytes)).then(
      () => 'read',
      (error: unknown) => (error instanceof EngineError ? error.code : `threw ${String(error)}`),
    )
  for (let length = 0; length < whole.length; length++) {
    expect(await reads(whole.subarray(0, length))).toBe('MODEL_BROKEN')
  }
  for (let at = 0; at < whole.length; at++) {
    const changed = whole.slice()
    changed[at] = (changed[at] ?? 0) ^ 0xff
    expect(['read', 'MODEL_BROKEN']).toContain(await reads(changed))
  }
})
