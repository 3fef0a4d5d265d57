import { describe, expect, test, vi } from 'vitest'
import type { InferAnswer } from '#domain/server.ts'
import { rangeText, scoreShare, timeParts } from '../../../src-renderer/pages/server/answer-parts.ts'
import { RequestView } from '../../../src-renderer/pages/server/request.svelte.ts'
import { newRequest, PRESETS, presetOf, readRequest } from '../../../src-renderer/pages/server/request-form.ts'
import { refuse } from './samples.ts'
import { scripted, serverModel } from './server-samples.ts'

const answer: InferAnswer = {
  modelVersion: '1',
  responses: [],
  timing: { totalMs: 4, sendMs: 1, waitMs: 2, receiveMs: 1, requestBytes: 1, responseBytes: 1 },
  inputs: [],
  curl: '',
  python: '',
}

describe('a form is read', () => {
  const model = serverModel()
  const form = newRequest(model)

  test('as random values of the whole shape, the batch in front', () => {
    expect(readRequest({ ...form, batch: '4' }, model).request).toMatchObject({
      model: 'image_cls',
      batch: 4,
      inputs: [{ name: 'image', shape: [4, 3, 224, 224], source: { from: 'random', seed: 0 } }],
    })
  })

  test.each([
    ['batch', { batch: '9' }, 'At most 8'],
    ['batch', { batch: '0' }, 'at least 1'],
    ['top', { top: 'x' }, 'whole number'],
    ['timeoutSeconds', { timeoutSeconds: '0' }, 'above 0'],
  ])('with a problem at %s for %o', (field, change, text) => {
    const { request, problems } = readRequest({ ...form, ...change }, model)
    expect(request).toBeUndefined()
    expect(problems[field]).toContain(text)
  })

  test('values from the data leave the shape to them, a typed shape stands', () => {
    const json = (shape: string) => ({
      ...form,
      inputs: { image: { from: 'json' as const, text: '[1]', path: '', as: 'auto' as const, seed: '0', shape } },
    })
    expect(readRequest(json(''), model).request?.inputs?.[0]).not.toHaveProperty('shape')
    expect(readRequest(json('1x1'), model).request?.inputs?.[0]?.shape).toEqual([1, 1])
    expect(readRequest(json('1, -1'), model).problems['shape:image']).toBeDefined()
  })

  test('text that is not JSON and a file that is not chosen are said before anything is sent', () => {
    const own = { text: '[1,', path: ' ', as: 'auto' as const, seed: '0', shape: '' }
    expect(
      readRequest({ ...form, inputs: { image: { ...own, from: 'json' } } }, model).problems['text:image'],
    ).toContain('Not JSON')
    expect(readRequest({ ...form, inputs: { image: { ...own, from: 'file' } } }, model).problems['path:image']).toBe(
      'Choose a file',
    )
  })

  test('a picture takes its preparation along, a fraction as scale too', () => {
    const inputs = {
      image: { from: 'file' as const, text: '', path: '/cat.JPG', as: 'auto' as const, seed: '0', shape: '' },
    }
    const [, , imagenet] = PRESETS
    const image = { ...form.image, ...imagenet, width: '256' }
    expect(readRequest({ ...form, inputs, image }, model).request?.image).toEqual({
      width: 256,
      fit: 'stretch',
      layout: 'auto',
      colours: 'auto',
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    })
    expect(presetOf(image)).toBe('imagenet')
    expect(readRequest({ ...form, inputs, image: { ...image, std: '0' } }, model).problems.std).toContain('Not 0')
    expect(readRequest({ ...form, image }, model).request).not.toHaveProperty('image')
  })

  test('optional inputs are left out until they are wanted', () => {
    const optional = serverModel({
      inputs: [...model.inputs, { name: 'mask', datatype: 'BOOL', shape: [-1], optional: true }],
    })
    const view = new RequestView(scripted('servers', {}), optional)
    expect(Object.keys(view.form.inputs)).toEqual(['image'])
    view.setSent('mask', true)
    expect(view.reading.request?.inputs?.map(each => each.name)).toEqual(['image', 'mask'])
    view.setSent('mask', false)
    expect(Object.keys(view.form.inputs)).toEqual(['image'])
  })

  test('labels ask for classes, a decoupled model for the stream, strings for text', () => {
    const labelled = serverModel({
      decoupled: true,
      inputs: [{ name: 'TEXT', datatype: 'BYTES', shape: [-1] }],
      outputs: [{ name: 'out', datatype: 'FP32', shape: [10], hasLabels: true }],
    })
    const { top, stream, inputs } = newRequest(labelled)
    expect([top, stream, inputs.TEXT?.from]).toEqual(['3', true, 'text'])
  })
})

test('an answer replaces the failure before it, and a failure the answer', async () => {
  const infer = vi.fn(refuse('wrong shape'))
  const view = new RequestView(scripted('servers', { infer }), serverModel())
  await view.send({ url: 'x' })
  expect([view.error, view.answer]).toEqual([new Error('wrong shape'), undefined])
  infer.mockImplementation(() => Promise.resolve(answer) as Promise<never>)
  await view.send({ url: 'x' })
  expect([view.error, view.answer]).toEqual([undefined, answer])
})

test('a cancelled request is no failure', async () => {
  const view = new RequestView(
    scripted('servers', {
      infer: (_: never, options?: { signal?: AbortSignal }) =>
        new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(options.signal?.reason))),
    }),
    serverModel(),
  )
  const sent = view.send({ url: 'x' })
  view.cancel()
  await sent
  expect([view.sending, view.error]).toEqual([false, undefined])
})

test('the time bar is filled by the parts that were measured', () => {
  expect(timeParts(answer).map(part => part.share)).toEqual([0.25, 0.5, 0.25])
  expect(timeParts({ timing: { totalMs: 4, requestBytes: 0, responseBytes: 0 } })).toEqual([])
})

test('bars of classes fit scores of any sign, and a range names what is not finite', () => {
  expect([-2, -3, -4].map(score => scoreShare(score, [-2, -3, -4]))).toEqual([1, 0.5, 0])
  expect(scoreShare(4, [4, 2])).toBe(1)
  const output = { name: 'x', datatype: 'FP32', shape: [2], values: [], count: 2 }
  expect(rangeText({ ...output, minimum: -1, maximum: 2.5, notFinite: 3 })).toBe('-1.000 to 2.500, 3 not finite')
  expect(rangeText(output)).toBe('')
})
