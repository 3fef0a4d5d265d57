import { expect, test } from 'vitest'
import type { OnnxNode } from '#formats/onnx-graph.ts'
import { joinNodes } from '../../../src-main/runs/pipeline/join-nodes.ts'
import { allowedDrift, relativeTolerance } from '../../../src-main/runs/pipeline/tolerance.ts'

const node = (name: string, operator: string, inputs: string[], outputs: string[]): OnnxNode => ({
  name,
  operator,
  inputs,
  outputs,
})

test('tensors are joined by name, else by the node that makes them; casts are passed over', () => {
  const base = {
    outputs: ['y'],
    nodes: [
      node('conv1', 'Conv', ['x', 'w'], ['a']),
      node('relu', 'Relu', ['a'], ['b']),
      node('cast', 'Cast', ['b'], ['c']),
      node('add', 'Add', ['c', 'a'], ['y']),
      node('gone', 'Sigmoid', ['y'], ['z']),
    ],
  }
  const candidate = {
    outputs: ['y'],
    nodes: [
      node('in', 'Cast', ['x'], ['x16']),
      node('conv1', 'Conv', ['x16', 'w'], ['a_half']),
      node('relu', 'Relu', ['a_half'], ['b']),
      node('add', 'Add', ['b', 'a_half'], ['y']),
      node('gone', 'HardSigmoid', ['y'], ['z16']),
    ],
  }
  expect(joinNodes(base, candidate)).toEqual([
    { tensor: 'a', candidate: 'a_half', node: 'conv1', operator: 'Conv', depth: 1 },
    { tensor: 'b', candidate: 'b', node: 'relu', operator: 'Relu', depth: 2 },
    { tensor: 'y', candidate: 'y', node: 'add', operator: 'Add', depth: 4 },
  ])
})

test('a Relu that a quantiser took into its convolution is not compared: its name stands for what comes before it', () => {
  const base = { outputs: ['b'], nodes: [node('conv', 'Conv', ['x', 'w'], ['a']), node('relu', 'Relu', ['a'], ['b'])] }
  const quantised = {
    outputs: ['b'],
    nodes: [node('dequantise', 'DequantizeLinear', ['w8'], ['w']), node('conv', 'Conv', ['x', 'w'], ['b'])],
  }
  expect(joinNodes(base, quantised).map(({ tensor, candidate }) => [tensor, candidate])).toEqual([['a', 'b']])
  const dynamic = {
    outputs: ['b'],
    nodes: [node('scale', 'Mul', ['x8', 's'], ['a']), node('relu', 'Relu', ['a'], ['b'])],
  }
  expect(joinNodes(base, dynamic).map(({ tensor }) => tensor)).toEqual(['a', 'b'])
})

test('rounding explains more the deeper a node lies, and the coarser model decides', () => {
  expect(allowedDrift(['fp32', 'fp16'], 3)).toBe(16 * 2 ** -11 * 2)
  expect(allowedDrift(['fp32', 'fp32'], 3)).toBeLessThan(1e-5)
  expect(allowedDrift(['fp32', 'unknown'], 0)).toBe(allowedDrift(['fp16'], 0))
})

test('a tolerance says where it comes from', () => {
  expect(relativeTolerance(undefined, 'fp16')).toEqual({ rtol: 0.02, from: 'default for fp16 weights' })
  expect(relativeTolerance(0, 'fp16')).toEqual({ rtol: 0, from: 'as asked' })
})
