import { expect, test } from 'vitest'
import { SvgContext } from '../../../src-renderer/charts/svg-context.ts'

const context = () => new SvgContext('a chart', 100, 50, text => text.length * 6)
const bodyOf = (recorder: SvgContext) =>
  recorder.toSvg({ background: '#fff', title: 'T' }).split('\n').slice(3, -1).join('\n')

test('a stroke becomes a path with its colour, width and dash', () => {
  const ctx = context()
  ctx.strokeStyle = '#0b63a5'
  ctx.lineWidth = 2
  ctx.setLineDash([4, 3])
  ctx.beginPath()
  ctx.moveTo(1, 2)
  ctx.lineTo(3.456, 4)
  ctx.stroke()
  expect(bodyOf(ctx)).toBe(
    '<path d="M1 2L3.46 4" fill="none" stroke="#0b63a5" stroke-width="2" stroke-dasharray="4 3"/>',
  )
})

test('a full circle is four curves that come back to where they started', () => {
  const ctx = context()
  ctx.beginPath()
  ctx.arc(10, 10, 5, 0, Math.PI * 2)
  ctx.fill()
  const path = bodyOf(ctx)
  expect(path.match(/C/g)).toHaveLength(4)
  expect(path).toContain('d="M15 10C')
  expect(path).toMatch(/ 15 10" fill/)
})

test('points are transformed as they come, and restore gives the former state back', () => {
  const ctx = context()
  ctx.save()
  ctx.translate(10, 20)
  ctx.scale(2, 2)
  ctx.fillStyle = 'red'
  ctx.fillRect(1, 1, 2, 2)
  ctx.restore()
  ctx.fillRect(1, 1, 2, 2)
  const [first, second] = bodyOf(ctx).split('\n')
  expect(first).toBe('<path d="M12 22L16 22L16 26L12 26Z" fill="red"/>')
  expect(second).toBe('<path d="M1 1L3 1L3 3L1 3Z" fill="#000"/>')
})

test('text stays text: aligned, rotated and never markup', () => {
  const ctx = context()
  ctx.font = '600 13px "Segoe UI", sans-serif'
  ctx.textAlign = 'right'
  ctx.translate(10, 10)
  ctx.rotate(-Math.PI / 2)
  ctx.fillText('<b>&"', 0, 0)
  const text = bodyOf(ctx)
  expect(text).toContain('font-size="13" font-weight="600" text-anchor="end" transform="rotate(-90 10 10)"')
  expect(text).toContain('font-family="&quot;Segoe UI&quot;, sans-serif"')
  expect(text).toContain('>&lt;b&gt;&amp;&quot;</text>')
})

test('a clip holds for what is drawn until restore', () => {
  const ctx = context()
  ctx.save()
  ctx.beginPath()
  ctx.rect(0, 0, 5, 5)
  ctx.clip()
  ctx.fillRect(0, 0, 9, 9)
  ctx.restore()
  ctx.fillRect(0, 0, 9, 9)
  const svg = ctx.toSvg({ background: '#fff', title: '' })
  expect(svg).toContain('<defs><clipPath id="a-chart-clip0"><path d="M0 0L5 0L5 5L0 5Z"/></clipPath></defs>')
  expect(svg.match(/clip-path="url\(#a-chart-clip0\)"/g)).toHaveLength(1)
})
