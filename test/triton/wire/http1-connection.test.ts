import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { Http1Connection } from '../../../src-main/triton/wire/http1-connection.ts'

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

let server: Server | undefined
let connection: Http1Connection | undefined
const sockets = new Set<Socket>()
afterEach(() => {
  connection?.drop()
  server?.close()
  for (const socket of sockets) socket.destroy()
})

/** A connection to a server that treats the nth request (from 0, over all connections) as `answer` says. */
async function connectionTo(answer: (socket: Socket, request: number) => void) {
  let requests = 0
  server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('data', () => answer(socket, requests++))
    // The client gives connections up.
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const told: string[] = []
  const owner = {
    ...{ onSent() {}, onFirstByte() {} },
    onReconnect: () => void told.push('reconnect'),
    onAnswer: (_: number, status: number) => void told.push(`answer ${status}`),
    onLost: (_: number, { message }: { message: string }) => void told.push(`lost: ${message}`),
  }
  connection = new Http1Connection(0, { host: '127.0.0.1', port }, owner, 5000)
  return { connection, told, requests: () => requests }
}

test('a request given up while its connection is opened is not sent beside the next one', async () => {
  const { connection, told, requests } = await connectionTo(socket => socket.write(ANSWER))
  connection.send(REQUEST, undefined)
  connection.drop()
  connection.send(REQUEST, undefined)
  await expect.poll(() => told).toContain('answer 200')
  await sleep(50)
  expect(told).toEqual(['reconnect', 'reconnect', 'answer 200'])
  expect(requests()).toBe(1)
})

test('dropped for good while it is opened, it leaves no socket behind', async () => {
  const { connection } = await connectionTo(() => {})
  const opening = connection.open()
  connection.drop()
  await opening
  await expect.poll(() => [...sockets].every(socket => socket.destroyed || socket.readableEnded)).toBe(true)
})

test('an answer nobody asked for is not taken for that of the next request', async () => {
  const { connection, told } = await connectionTo((socket, request) => {
    socket.write(ANSWER)
    if (request === 0) setTimeout(() => socket.write('HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n'), 20)
  })
  await connection.open()
  connection.send(REQUEST, undefined)
  await sleep(80)
  connection.send(REQUEST, undefined)
  await expect.poll(() => told.length).toBe(3)
  expect(told).toEqual(['answer 200', 'reconnect', 'answer 200'])
})

test('a connection that the server closed between two requests is opened again', async () => {
  const { connection, told } = await connectionTo(socket => socket.end(ANSWER))
  await connection.open()
  for (const count of [1, 3]) {
    connection.send(REQUEST, undefined)
    await expect.poll(() => told.length).toBe(count)
    await sleep(30)
  }
  expect(told).toEqual(['answer 200', 'reconnect', 'answer 200'])
})

test('nobody listens any more: lost, with the reason, each time', async () => {
  const { connection, told } = await connectionTo(() => {})
  server?.close()
  for (const count of [2, 4]) {
    connection.send(REQUEST, undefined)
    await expect.poll(() => told.length).toBe(count)
  }
  expect(told[1]).toMatch(/^lost: Nothing listens at/)
  expect(told[3]).toBe(told[1])
})
