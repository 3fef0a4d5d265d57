/**
 * Our side of the comparison: the worker's own library door, feeds, release and timed loop (`src-main/workers`), driven
 * slice by slice. Same arguments and answers as python-side.py.
 */
import { createInterface } from 'node:readline'
import { releaseFor } from '../../../src-main/workers/ort-feeds.ts'
import { loadOrt } from '../../../src-main/workers/ort-library.ts'
import { OrtCpuOptions } from '../../../src-main/workers/ort-options.ts'
import { startCpuUse } from '../../../src-main/workers/process-usage.ts'
import { Samples } from '../../../src-main/workers/samples.ts'
import { timeCalls } from '../../../src-main/workers/timed-loop.ts'

const [model = '', inputName = '', shapeText = ''] = process.argv.slice(2)
const shape = shapeText.split(',').map(Number)
const ort = await loadOrt()
const session = ort.createSession(model, OrtCpuOptions.parse({ intraOpThreads: 1, interOpThreads: 1 }))
const elements = shape.reduce((count, size) => count * size, 1)
const values = Float32Array.from({ length: elements }, (_, at) => ((at * 7919) % 1000) / 1000)
const run = session.prepare({ [inputName]: new ort.Tensor('float32', values, shape) })
const first = run()
const call = { run, release: releaseFor(first) }
timeCalls(call, new Samples(), 3, performance.now() + 500)

const outputs = session.outputs.map(({ name }) => {
  const data = first[name]?.data
  if (!(data instanceof Float32Array)) throw new Error(`${name} is not float32`)
  return [data.byteLength, data.reduce((sum, value) => sum + Math.abs(value), 0) / data.length]
})
say({ ready: ort.version, outputs })

for await (const line of createInterface({ input: process.stdin })) {
  const samples = new Samples()
  const cpuUse = startCpuUse()
  timeCalls(call, samples, Number.POSITIVE_INFINITY, performance.now() + Number(line))
  say({ count: samples.count, medianUs: samples.medianMs() * 1000, cpuShare: cpuUse().cpuUtilization })
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
