import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import { implement } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { contract } from '#contract'
import type { FromEngine, ToEngine } from '../../electron/channels.ts'
import { type ServedEngine, serveParent } from '../../electron/engine-door.ts'

type Message = { data: ToEngine; ports: MessagePort[] }

class ParentDouble {
  readonly said: FromEngine[] = []
  #listener: ((event: Message) => void) | undefined
  on(_event: 'message', listener: (event: Message) => void): void {
    this.#listener = listener
  }
  postMessage(message: FromEngine): void {
    this.said.push(message)
  }
  tell(data: ToEngine, ...ports: MessagePort[]): void {
    this.#listener?.({ data, ports })
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

/** The real oRPC handler on real MessagePorts, over a router that only knows where the bundled model is. */
function sampleEngine(): ServedEngine<MessagePort> & { closed: number } {
  const sample = implement(contract.models.sample).handler(() => ({ path: '/sample.onnx' }))
  const handler = new RPCHandler({ models: { sample } })
  return {
    closed: 0,
    serve: port => handler.upgrade(port),
    async close() {
      this.closed++
    },
  }
}

const channels: MessageChannel[] = []
function channel(): MessageChannel {
  const made = new MessageChannel()
  channels.push(made)
  return made
}
afterEach(() => {
  for (const { port1, port2 } of channels.splice(0)) {
    port1.close()
    port2.close()
  }
})

describe('the engine process', () => {
  test('answers every window on its own port, also one that asked before the engine was up', async () => {
    const parent = new ParentDouble()
    const opening = Promise.withResolvers<ServedEngine<MessagePort>>()
    serveParent(parent, opening.promise, () => {})
    const windows = [channel(), channel()]
    const answers = windows.map(({ port1, port2 }) => {
      parent.tell({ type: 'connect' }, port1)
      port2.start()
      const client = createORPCClient<{ models: { sample(): Promise<{ path: string }> } }>(new RPCLink({ port: port2 }))
      return client.models.sample()
    })
    opening.resolve(sampleEngine())
    expect(await Promise.all(answers)).toEqual([{ path: '/sample.onnx' }, { path: '/sample.onnx' }])
    expect(parent.said).toEqual([{ type: 'ready' }])
  })

  test('closes the engine and ends on shutdown', async () => {
    const parent = new ParentDouble()
    const engine = sampleEngine()
    const codes: number[] = []
    serveParent(parent, Promise.resolve(engine), code => codes.push(code))
    parent.tell({ type: 'shutdown' })
    await settled()
    expect([engine.closed, codes]).toEqual([1, [0]])
  })

  test('ends with an error when closing fails, and says why', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    const codes: number[] = []
    const parent = new ParentDouble()
    const engine = { ...sampleEngine(), close: () => Promise.reject(new Error('disk gone')) }
    serveParent(parent, Promise.resolve(engine), code => codes.push(code))
    parent.tell({ type: 'shutdown' })
    await settled()
    expect(codes).toEqual([1])
    expect(said).toHaveBeenCalledWith(new Error('disk gone'))
    said.mockRestore()
  })

  test('that cannot start tells main why, once, and stays for main to end', async () => {
    const parent = new ParentDouble()
    const codes: number[] = []
    serveParent(parent, Promise.reject(new Error('no data folder')), code => codes.push(code))
    parent.tell({ type: 'connect' }, channel().port1)
    await settled()
    expect(parent.said).toEqual([expect.objectContaining({ type: 'failed', message: 'no data folder' })])
    expect(codes).toEqual([])
  })
})
