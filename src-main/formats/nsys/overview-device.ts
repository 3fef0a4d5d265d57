import type { OverviewDevice } from '#domain/trace-overview.ts'
import { BusyTime, unionNs } from './busy-time.ts'

const KINDS = ['kernel', 'communication', 'memcpy', 'memset', 'graph'] as const
type Kind = (typeof KINDS)[number]

/** What one device did, as `domain/trace.ts` defines the figures of a device. */
export class DeviceTime {
  readonly #kinds = {
    kernel: new KindTime(),
    communication: new KindTime(),
    memcpy: new KindTime(),
    memset: new KindTime(),
    graph: new KindTime(),
  }
  #startNs = Number.POSITIVE_INFINITY
  #endNs = Number.NEGATIVE_INFINITY
  #sumNs = 0

  add(kind: Kind, startNs: number, endNs: number): void {
    this.#kinds[kind].add(startNs, endNs)
    this.#sumNs += endNs - startNs
    if (startNs < this.#startNs) this.#startNs = startNs
    if (endNs > this.#endNs) this.#endNs = endNs
  }

  row(id: number, name: string | undefined): OverviewDevice {
    const { kernel, communication, memcpy, memset, graph } = this.#kinds
    const times = KINDS.map(kind => ({ kind, ...this.#kinds[kind].time.finish() }))
    const ns = (kind: Kind) => times.find(time => time.kind === kind)?.ns ?? 0
    const busyNs = unionNs(times)
    const exposedNs = (kind: Kind) => busyNs - unionNs(times.filter(time => time.kind !== kind))
    return {
      id,
      ...(name !== undefined && name !== '' && { name }),
      startNs: this.#startNs,
      endNs: this.#endNs,
      busyNs,
      kernelNs: ns('kernel'),
      communicationNs: ns('communication'),
      memcpyNs: ns('memcpy'),
      memsetNs: ns('memset'),
      graphNs: ns('graph'),
      ...(communication.count > 0 && { exposedCommunicationNs: exposedNs('communication') }),
      ...(memcpy.count > 0 && { exposedCopyNs: exposedNs('memcpy') }),
      sumNs: this.#sumNs,
      kernels: kernel.count + communication.count,
      copies: memcpy.count,
      fills: memset.count,
      graphs: graph.count,
    }
  }
}

class KindTime {
  count = 0
  readonly time = new BusyTime()

  add(startNs: number, endNs: number): void {
    this.count++
    this.time.add(startNs, endNs)
  }
}
