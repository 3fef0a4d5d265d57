import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { InferRequest, type InferRequestInput, ServerTarget } from '#domain/server.ts'
import { PathGuard } from '../../../src-main/desks/path-guard.ts'
import { ServerDesk } from '../../../src-main/desks/server-desk.ts'
import { encodeValues } from '../../../src-main/triton/data/datatypes.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'
import { startTriton, type TestServer, TRITON_ROOT, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

const desk = new ServerDesk(new PathGuard())
const PYTHON = join(TRITON_ROOT, 'venv', 'bin', 'python')
/** Lines that hang are an error, not a test run without an end. */
const LIMITED = { encoding: 'utf8', timeout: 45_000 } as const
const CurlAnswer = z.object({ outputs: z.array(z.object({ name: z.string(), data: z.array(z.unknown()) })) })

/** The model's own picture of a seven: rows of dots of mnist_digit's font, four pixels a dot. */
const SEVEN = [31, 1, 2, 4, 8, 8, 8]

describe.skipIf(withoutTriton)('one request to a real Triton', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTriton()
  })
  afterAll(() => server?.stop())

  const url = (protocol: 'http' | 'grpc') => (protocol === 'http' ? server.httpUrl : server.grpcUrl)
  const infer = (protocol: 'http' | 'grpc', request: InferRequestInput) =>
    desk.infer(ServerTarget.parse({ url: url(protocol) }), InferRequest.parse(request))
  const PROTOCOLS = ['http', 'grpc'] as const

  test.each(PROTOCOLS)('over %s a picture of a seven is a seven, with its label', async protocol => {
    const pixels = Buffer.alloc(28 * 28)
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 20; x++) if (((SEVEN[y >> 2] ?? 0) >> (4 - (x >> 2))) & 1) pixels[y * 28 + x + 4] = 255
    const path = join(tempFolder(), 'seven.png')
    writeFileSync(
      path,
      await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
        .png()
        .toBuffer(),
    )
    const inputs = [{ name: 'IMAGE', source: { from: 'file' as const, path } }]
    const answer = await infer(protocol, { model: 'mnist_digit', inputs, top: 3 })
    const [best, second] = answer.responses[0]?.outputs[0]?.top?.[0] ?? []
    expect(best).toMatchObject({ index: 7, label: 'seven', score: expect.closeTo(1, 4) })
    expect(second?.score).toBeLessThan(0.9)
    expect(answer.inputs[0]?.facts).toMatchObject({
      picture: 'PNG, 28 × 28',
      layout: 'NCHW',
      colours: 'grey',
      shape: '1×1×28×28',
    })
    expect(answer.timing.totalMs).toBeGreaterThan(0)
  })

  test.each(PROTOCOLS)('over %s a JPEG fills a classifier, and both ways of classifying agree', async protocol => {
    const path = join(tempFolder(), 'x.jpg')
    writeFileSync(
      path,
      await sharp({ create: { width: 640, height: 480, channels: 3, background: '#3366cc' } })
        .jpeg()
        .toBuffer(),
    )
    const request: InferRequestInput = {
      model: 'image_cls',
      inputs: [{ name: 'image', source: { from: 'file', path } }],
      image: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    }
    const raw = await infer(protocol, request)
    const output = raw.responses[0]?.outputs[0]
    expect(output).toMatchObject({ datatype: 'FP32', shape: [1, 1000], count: 1000 })
    expect(output?.values).toHaveLength(256)
    const classified = await infer(protocol, { ...request, top: 2 })
    expect(classified.responses[0]?.outputs[0]?.top?.[0]?.[0]?.score).toBeCloseTo(output?.maximum ?? 0, 5)
    expect(raw.timing.requestBytes).toBeGreaterThan(3 * 224 * 224 * 4)
  })

  test.each(PROTOCOLS)('over %s the stream of a decoupled model comes response by response', async protocol => {
    const text = (name: string, value: string) => ({ name, source: { from: 'text' as const, text: value } })
    const request = { model: 'repeat', inputs: [text('COUNT', '3'), text('DELAY_MS', '10')] }
    if (protocol === 'http') {
      await expect(infer(protocol, request)).rejects.toMatchObject({ code: 'SERVER_REFUSED' })
      return
    }
    const { responses } = await infer(protocol, request)
    expect(responses.map(({ outputs }) => outputs[0]?.values)).toEqual([['0'], ['1'], ['2']])
    expect(responses[2]?.afterMs).toBeGreaterThan(20)
  })

  test('mistakes in the request are named before the server is troubled', async () => {
    await expect(
      infer('http', { model: 'delay', inputs: [{ name: 'X', source: { from: 'zeros' } }] }),
    ).rejects.toMatchObject({ code: 'DATA_INVALID', data: { hint: 'It has INPUT0.' } })
    await expect(infer('http', { model: 'delay', outputs: ['Y'] })).rejects.toMatchObject({ code: 'DATA_INVALID' })
    await expect(infer('http', { model: 'dealy' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { hint: expect.stringContaining('delay') },
    })
  })

  describe('lines to copy are run as they are', () => {
    const HOSTILE = `it's "$(touch x)" \`id\` \\ \u001b[31m %s 日本\u2028`
    const cases = (): [string, InferRequestInput][] => {
      const folder = tempFolder()
      const raw = join(folder, `-raw'"$(x).bin`)
      writeFileSync(
        raw,
        encodeValues(
          'FP32',
          Array.from({ length: 3 * 224 * 224 }, (_, i) => (i % 97) / 97),
        ),
      )
      return [
        [
          'values',
          {
            model: 'identity_fp32',
            inputs: [{ name: 'INPUT0', source: { from: 'json', text: '[[0.1, -2, 3e30],[4,5,6]]' } }],
          },
        ],
        [
          'not finite',
          { model: 'identity_fp32', inputs: [{ name: 'INPUT0', source: { from: 'text', text: 'NaN -Infinity 1.5' } }] },
        ],
        [
          'hostile texts',
          {
            model: 'strings',
            inputs: [{ name: 'TEXT', source: { from: 'json', text: JSON.stringify([[HOSTILE, '']]) } }],
          },
        ],
        [
          'a file of raw bytes',
          { model: 'image_cls', inputs: [{ name: 'image', source: { from: 'file', path: raw } }], batch: 2, top: 2 },
        ],
        ['random values in base64', { model: 'mnist_digit', inputs: [], top: 1 }],
        [
          'zeros, one output, parameters',
          {
            model: 'strings',
            inputs: [{ name: 'TEXT', source: { from: 'zeros' } }],
            outputs: ['LENGTH'],
            parameters: { note: HOSTILE },
            version: '1',
            sequence: { id: 7 },
          },
        ],
      ]
    }

    test('curl', async () => {
      for (const [what, request] of cases()) {
        const answer = await infer('http', request)
        const json = execFileSync('sh', ['-c', answer.curl], { ...LIMITED, cwd: tempFolder() })
        if (what === 'not finite') {
          // JSON has no NaN: the server writes what no parser takes, or refuses. Binary answers are for programs.
          expect(json).toContain('OUTPUT0')
          continue
        }
        const got = CurlAnswer.parse(JSON.parse(json)).outputs
        const ours = answer.responses[0]?.outputs ?? []
        expect(
          got.map(({ name }) => name),
          what,
        ).toEqual(ours.map(({ name }) => name))
        for (const [i, { data }] of got.entries()) {
          const same = data
            .slice(0, 256)
            .map(value => (typeof value === 'number' ? String(Math.fround(value)) : String(value)))
          const values = ours[i]?.values.map(value =>
            ours[i]?.datatype === 'BYTES' ? value : String(Math.fround(Number(value))),
          )
          expect(same, what).toEqual(values)
        }
      }
    })

    test.each(PROTOCOLS)('Python over %s', async protocol => {
      for (const [what, request] of cases()) {
        const answer = await infer(protocol, request)
        const script = `${answer.python}\nimport json, sys\nnames = ${JSON.stringify(answer.responses[0]?.outputs.map(({ name }) => name))}\nprint("\\n" + json.dumps([[v.decode() if isinstance(v, bytes) else float(v) for v in answer.as_numpy(n).ravel().tolist()] for n in names]))`
        const out = execFileSync(PYTHON, ['-c', script], { ...LIMITED, cwd: tempFolder() })
        const last = out.trimEnd().split('\n').at(-1) ?? ''
        const got = z
          .array(z.array(z.union([z.number(), z.string()])))
          .parse(JSON.parse(last.replaceAll(/-?\b(NaN|Infinity)\b/g, '"$&"')))
        const ours = answer.responses[0]?.outputs.map(({ values, datatype }) =>
          values.map(value => (datatype === 'BYTES' ? value : String(Math.fround(Number(value))))),
        )
        expect(
          got.map(row =>
            row.slice(0, 256).map(value => (typeof value === 'number' ? String(Math.fround(value)) : value)),
          ),
          what,
        ).toEqual(ours)
      }
    })

    test('the stream of a decoupled model, in Python', async () => {
      const { python } = await infer('grpc', {
        model: 'repeat',
        inputs: [
          { name: 'COUNT', source: { from: 'text', text: '2' } },
          { name: 'DELAY_MS', source: { from: 'zeros' } },
        ],
      })
      expect(execFileSync(PYTHON, ['-c', python], LIMITED).trim().split('\n')).toEqual(['INDEX [0]', 'INDEX [1]'])
    })

    test('a stream that the server refuses ends its Python with the reason', async () => {
      const { python } = await infer('grpc', { model: 'repeat' })
      const refused = spawnSync(PYTHON, ['-c', python.replace('"repeat"', '"gone"')], LIMITED)
      expect(refused.status).toBe(1)
      expect(refused.stderr).toContain('gone')
    })

    test('no secret is in them: header values come from the environment', async () => {
      const connection = { headers: { 'X-Api-Key': 'very-secret', path: '/not-the-shell' }, accessToken: 'top-secret' }
      const target = ServerTarget.parse({ url: server.httpUrl.replace('//', '//user:pass-secret@'), connection })
      const { curl, python } = await desk.infer(target, InferRequest.parse({ model: 'delay' }))
      expect(curl + python).not.toMatch(/very-secret|top-secret|pass-secret/)
      expect(curl).not.toMatch(/\$\{?PATH/)
      for (const name of ['X_API_KEY', 'PATH', 'ACCESS_TOKEN']) expect(curl).toContain(`: '"$TRITON_${name}"`)
      const env = { ...process.env, TRITON_X_API_KEY: 'a', TRITON_PATH: '/', TRITON_ACCESS_TOKEN: 'b' }
      expect(execFileSync('sh', ['-c', curl], { ...LIMITED, env })).toContain('OUTPUT0')
      expect(execFileSync(PYTHON, ['-c', python], { ...LIMITED, env })).toContain('OUTPUT0')
    })

    test('a large picture is prepared again by Pillow: the lines compile', async () => {
      const path = join(tempFolder(), `p'"x.png`)
      writeFileSync(
        path,
        await sharp({ create: { width: 9, height: 9, channels: 3, background: '#112233' } })
          .png()
          .toBuffer(),
      )
      const { python, curl } = await infer('http', {
        model: 'image_cls',
        inputs: [{ name: 'image', source: { from: 'file', path } }],
        batch: 2,
      })
      expect(python).toContain('Image.open')
      execFileSync(PYTHON, ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: python })
      execFileSync('sh', ['-n', '-c', curl])
    })
  })
})
