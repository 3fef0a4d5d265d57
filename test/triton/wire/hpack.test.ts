import { createServer } from 'node:http2'
import { expect, test } from 'vitest'
import { BrokenHeaders, HpackDecoder, huffmanText } from '../../../src-main/triton/wire/hpack-decoder.ts'
import { fixedHeaders } from '../../../src-main/triton/wire/hpack-encoder.ts'
import { HUFFMAN_TREE } from '../../../src-main/triton/wire/hpack-tables.ts'
import { bareExchange } from './bare-http2.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const decode = (decoder: HpackDecoder, hex: string) => {
  const block = bytes(hex)
  return decoder.decode(block, 0, block.length)
}

test('the examples of RFC 7541, C.6: Huffman, a table that fills and drops its oldest', () => {
  const decoder = new HpackDecoder()
  // The example's table has 256 bytes: said by a size update in front (§6.3).
  const first =
    '48 82 6402 58 85 aec3771a4b 61 96 d07abe941054d444a8200595040b8166e082a62d1bff 6e 91 9d29ad171863c78f0b97c8e9ae82ae43d3'
  expect(decode(decoder, `3f e1 01 ${first}`)).toEqual([
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ])
  expect(decode(decoder, '48 83 640eff c1 c0 bf')).toEqual([
    [':status', '307'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ])
})

test('every path of the Huffman tree ends in a symbol: the lengths make a whole code', () => {
  const symbols = HUFFMAN_TREE.filter(child => child < 0)
  expect(HUFFMAN_TREE.filter(child => child === 0)).toHaveLength(0)
  expect(new Set(symbols).size).toBe(257)
})

test('wrong padding, an end-of-string symbol and cut blocks are refused', () => {
  expect(() => huffmanText(bytes('00 ff ff'))).toThrow(BrokenHeaders)
  expect(() => huffmanText(bytes('ff ff ff ff'))).toThrow(BrokenHeaders)
  expect(() => huffmanText(bytes('18'))).toThrow(BrokenHeaders)
  expect(() => decode(new HpackDecoder(), '48 85 aec3')).toThrow(BrokenHeaders)
  expect(() => decode(new HpackDecoder(), 'be')).toThrow(BrokenHeaders)
  expect(() => decode(new HpackDecoder(), '3f e2 1f')).toThrow(BrokenHeaders)
})

test('a header block that asks for entries in a table of nothing leaves the table as it was', () => {
  const decoder = new HpackDecoder()
  // RFC 7541 §6.3: the table is set to 0; §6.2.1: grpc-status 0, with incremental indexing, as gRPC's servers write it.
  decode(decoder, '20')
  const { tableVersion } = decoder
  expect(decode(decoder, '20 40 0b 677270632d737461747573 01 30')).toEqual([['grpc-status', '0']])
  expect(decoder.tableVersion).toBe(tableVersion)
  expect(() => decode(decoder, 'be')).toThrow(BrokenHeaders)
})

test("nghttp2's encoder, with and without Huffman, is understood for every printable character", async () => {
  const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('')
  const values = [printable, `${printable}${printable}`.repeat(3), 'a', '~~~~', 'x'.repeat(5000), '0'.repeat(300)]
  const server = createServer((_, response) => {
    const fields = Object.fromEntries(values.map((value, index) => [`x-test-${index}`, value]))
    response.writeHead(200, fields)
    response.end()
  })
  const blocks = await bareExchange(server, 3)
  const decoder = new HpackDecoder()
  for (const block of blocks) {
    const fields = Object.fromEntries(decoder.decode(block, 0, block.length))
    values.forEach((value, index) => {
      expect(fields[`x-test-${index}`]).toBe(value)
    })
  }
})

test('fixed headers say the same three ways', () => {
  const fields = [
    [':method', 'POST'],
    [':path', '/inference.GRPCInferenceService/ModelInfer'],
    ['te', 'trailers'],
    ['x-long', 'v'.repeat(400)],
  ] as const
  const { plain, inserting, indexed } = fixedHeaders(fields)
  const decoder = new HpackDecoder()
  for (const block of [plain, inserting, indexed, plain, indexed]) {
    expect(decoder.decode(block, 0, block.length)).toEqual(fields)
  }
  expect(indexed).toHaveLength(fields.length)
})
