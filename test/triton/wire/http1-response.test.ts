import { describe, expect, test } from 'vitest'
import { seededRandom } from '#stats/random.ts'
import { Http1Response, NotHttp1 } from '../../../src-main/triton/wire/http1-response.ts'

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n`

/** Answers a server or a proxy may give, each with what must be read from it. */
const ANSWERS: { name: string; text: string; status: number; keepAlive: boolean; error: string }[] = [
  {
    name: 'a body of known length',
    text: `${lines('HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: 11', '')}hello\r\n\r\nok`,
    status: 200,
    keepAlive: true,
    error: '',
  },
  {
    name: 'an error with its message',
    text: `${lines('HTTP/1.1 400 Bad Request', 'content-length:   14', 'Connection: keep-alive', '')}{"error":"bad"`,
    status: 400,
    keepAlive: true,
    error: '{"error":"bad"',
  },
  {
    name: 'chunks with extensions, and trailers',
    text: lines(
      ...['HTTP/1.1 500 No', 'Transfer-Encoding: gzip, Chunked', '', '5;name=value', 'hello', 'A', '0123456789', '0'],
      ...['Expires: never', ''],
    ),
    status: 500,
    keepAlive: true,
    error: 'hello0123456789',
  },
  {
    name: 'chunks of a success',
    text: lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '3', 'abc', '0', ''),
    status: 200,
    keepAlive: true,
    error: '',
  },
  {
    name: 'no body at all',
    text: lines('HTTP/1.1 204 No Content', 'Connection: close', ''),
    status: 204,
    keepAlive: false,
    error: '',
  },
  {
    name: 'a length of 0 in HTTP/1.0',
    text: lines('HTTP/1.0 200 OK', 'Content-Length: 0', ''),
    status: 200,
    keepAlive: false,
    error: '',
  },
  {
    name: 'two interim answers in front',
    text: `${lines('HTTP/1.1 100 Continue', '', 'HTTP/1.1 103 Early Hints', 'Link: x', '', 'HTTP/1.1 200 OK', 'Content-Length: 2', '')}ok`,
    status: 200,
    keepAlive: true,
    error: '',
  },
]

/** Reads pieces; @returns after which piece it was complete, −1: never */
function read(response: Http1Response, pieces: readonly Buffer[]): number {
  response.reset()
  return pieces.findIndex(piece => {
    // As the socket does: the buffer is larger than what was read, and is written again after the call.
    const chunk = Buffer.concat([piece, Buffer.from('HTTP/1.1 999 leftovers\r\n\r\n')])
    const isDone = response.read(chunk, piece.length)
    chunk.fill(0)
    return isDone
  })
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

describe.each(ANSWERS)('$name', ({ text, ...expected }) => {
  const bytes = Buffer.from(text, 'latin1')
  const said = ({ status, keepAlive, text }: Http1Response) => ({ status, keepAlive, error: text })
  const { name: _, ...figures } = expected

  test('reads the same whole, cut in two anywhere, and byte by byte', () => {
    const response = new Http1Response()
    for (let at = 1; at < bytes.length; at++) {
      const fresh = new Http1Response()
      for (const reader of [fresh, response]) {
        expect(read(reader, cut(bytes, [at]))).toBe(1)
        expect(said(reader)).toEqual(figures)
      }
    }
    expect(read(response, [bytes])).toBe(0)
    expect(said(response)).toEqual(figures)
    expect(
      read(
        response,
        cut(
          bytes,
          Array.from({ length: bytes.length - 1 }, (_, at) => at + 1),
        ),
      ),
    ).toBe(bytes.length - 1)
    expect(said(response)).toEqual(figures)
  })

  test('is not complete while a byte is missing, and one byte more is an error', () => {
    for (let length = 1; length < bytes.length; length++) {
      expect(read(new Http1Response(), [bytes.subarray(0, length)])).toBe(-1)
    }
    expect(() => read(new Http1Response(), [Buffer.concat([bytes, Buffer.from('H')])])).toThrow(NotHttp1)
  })
})

test('answers of all kinds after each other on one connection, in random pieces', () => {
  const { uniform } = seededRandom(7)
  const response = new Http1Response()
  for (let round = 0; round < 500; round++) {
    const answer = ANSWERS[Math.floor(uniform() * ANSWERS.length)]
    if (answer === undefined) continue
    const bytes = Buffer.from(answer.text, 'latin1')
    const cuts = Array.from({ length: Math.floor(uniform() * 6) }, () => 1 + Math.floor(uniform() * (bytes.length - 1)))
    const pieces = cut(
      bytes,
      [...new Set(cuts)].toSorted((a, b) => a - b),
    )
    expect(read(response, pieces)).toBe(pieces.length - 1)
    expect(response.status).toBe(answer.status)
    expect(response.text).toBe(answer.error)
  }
})

test('a body without a length ends with the connection, others do not', () => {
  const response = new Http1Response()
  expect(
    read(response, [Buffer.from('HTTP/1.1 502 Bad\r\n\r\n'), Buffer.from('upstream '), Buffer.from('is gone')]),
  ).toBe(-1)
  expect(response.endsWithConnection()).toBe(true)
  expect(response.keepAlive).toBe(false)
  expect(response.text).toBe('upstream is gone')
  read(response, [Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc')])
  expect(response.endsWithConnection()).toBe(false)
})

test.each([
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\0\0\x12\x04\0\0\0\0\0',
  'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/1.1 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
  `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'y'.repeat(70_000)}`,
])('%j is no answer', text => {
  expect(() => read(new Http1Response(), [Buffer.from(text, 'latin1')])).toThrow(NotHttp1)
})

test('of a huge error only its beginning is kept', () => {
  const response = new Http1Response()
  const head = `HTTP/1.1 500 No\r\nContent-Length: ${10 * 65_536}\r\n\r\n`
  expect(read(response, [Buffer.from(head), ...Array.from({ length: 10 }, () => Buffer.alloc(65_536, 'x'))])).toBe(10)
  expect(response.text).toHaveLength(65_536)
})

describe('bodies that are wanted', () => {
  const feed = (response: Http1Response, text: string) => {
    const bytes = Buffer.from(text)
    // Byte by byte out of one buffer that is used again, as a socket gives them.
    const shared = Buffer.alloc(1)
    let done = false
    for (const byte of bytes) {
      shared[0] = byte
      done = response.read(shared, 1)
    }
    return done
  }

  test('are kept, counted or chunked, one after another', () => {
    const response = new Http1Response(100_000)
    const long = 'x'.repeat(9000)
    expect(feed(response, `HTTP/1.1 200 OK\r\nContent-Length: ${long.length}\r\n\r\n${long}`)).toBe(true)
    expect(response.text).toBe(long)
    response.reset()
    expect(
      feed(response, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'),
    ).toBe(true)
    expect(response.text).toBe('abcde')
    response.reset()
    expect(feed(response, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')).toBe(true)
    expect(response.text).toBe('')
  })

  test('break the rules where they are longer than allowed; without the wish nothing is kept', () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n${'y'.repeat(11)}`
    expect(() => feed(new Http1Response(10), answer)).toThrow('more than 10 bytes')
    const skipping = new Http1Response()
    expect(feed(skipping, answer)).toBe(true)
    expect(skipping.text).toBe('')
  })
})
