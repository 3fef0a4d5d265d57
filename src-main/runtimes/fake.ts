import { FakeOptions } from '../workers/fake-options.ts'
import { defineRuntime } from './define.ts'

/** Scripted latencies and scripted accidents, for tests of queue, crashes and pages. Measures nothing. */
export const fake = defineRuntime({
  id: 'fake',
  title: 'Fake runtime',
  device: 'cpu',
  models: ['onnx'],
  precisions: ['model'],
  usual: [],
  options: FakeOptions,
  includes: ['compute'],
  hidden: true,
  async ready() {
    return { ready: true, version: '1.0.0' }
  },
  child: ({ precision: _precision, repeat: _repeat, ...task }, { affinity, ...options }) => ({
    worker: 'fake-bench',
    input: { ...task, options },
    ...(affinity === '' ? {} : { affinity }),
  }),
})
