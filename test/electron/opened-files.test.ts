import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filesOfCommandLine, filesOfOtherInstance, Waiting } from '../../electron/opened-files.ts'

const packaged = { cwd: '/home/ada', developed: false }
const developed = { cwd: '/home/ada', developed: true }

describe('files of a command line', () => {
  test('a double-clicked session is the one file of a packaged app', () => {
    expect(filesOfCommandLine(['/opt/Batchscope/batchscope', '/data/a.bscope'], packaged)).toEqual(['/data/a.bscope'])
  })

  test("in a checkout the app's own folder is not a file to open", () => {
    expect(filesOfCommandLine(['/x/electron', '/repo', 'a.bscope'], developed)).toEqual(['/home/ada/a.bscope'])
    expect(filesOfCommandLine(['/x/electron', '--inspect', '/repo'], developed)).toEqual([])
  })

  test('switches that Chromium adds are passed over, a file named like one is taken after --', () => {
    const argv = ['batchscope', '--original-process-start-time=133', '--allow-file-access-from-files', 'a.bscope']
    expect(filesOfCommandLine(argv, packaged)).toEqual(['/home/ada/a.bscope'])
    expect(filesOfCommandLine(['batchscope', '--', '--no-sandbox'], packaged)).toEqual(['/home/ada/--no-sandbox'])
  })

  test.each([
    'with space.bscope',
    `quo"te's.bscope`,
    '$(touch pwned).bscope',
    'line\nbreak.bscope',
    'émoji 🧪.bscope',
    '<img src=x onerror=alert(1)>.bscope',
    'C:\\not\\here.bscope',
    '100%25.bscope',
    '; rm -rf ~ #.bscope',
  ])('a hostile name is a name and nothing else: %j', name => {
    expect(filesOfCommandLine(['batchscope', name], packaged)).toEqual([`/home/ada/${name}`])
  })

  test('a file address of a Linux desktop entry is decoded; addresses of other computers and schemes are dropped', () => {
    const open = (word: string) => filesOfCommandLine(['batchscope', word], packaged)
    expect(open('file:///data/my%20run%20%231.bscope')).toEqual(['/data/my run #1.bscope'])
    expect(open('FILE://localhost/data/a.bscope')).toEqual(['/data/a.bscope'])
    expect(open('file://server/share/a.bscope')).toEqual([])
    expect(open('file:///data/a%2Fb.bscope')).toEqual([])
    expect(open('https://example.com/a.bscope')).toEqual([])
    expect(open('app://batchscope/')).toEqual([])
  })

  test('empty words, NUL and absurd lengths are dropped', () => {
    expect(filesOfCommandLine(['batchscope', '', ' ', 'a\0b', 'x'.repeat(40_000)], packaged)).toEqual([])
    expect(filesOfCommandLine([], packaged)).toEqual([])
  })

  test('whatever the words are, every file is absolute and free of NUL', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), words => {
        for (const file of filesOfCommandLine(['batchscope', ...words], packaged)) {
          expect(file.startsWith('/')).toBe(true)
          expect(file).not.toContain('\0')
        }
      }),
    )
  })
})

test('what another instance hands over is checked before it is believed', () => {
  expect(filesOfOtherInstance({ files: ['/a.bscope', 'relative', 7, null, '/nul\0'] })).toEqual(['/a.bscope'])
  for (const junk of [undefined, null, 'files', 5, [], {}, { files: '/a' }]) {
    expect(filesOfOtherInstance(junk)).toBeUndefined()
  }
})

test('what comes early waits, in order, and waits again after hold', () => {
  const waiting = new Waiting<number>()
  const taken: number[] = []
  waiting.push(1)
  waiting.push(2)
  waiting.deliverTo(item => taken.push(item))
  waiting.push(3)
  waiting.hold()
  waiting.push(4)
  expect(taken).toEqual([1, 2, 3])
  waiting.deliverTo(item => taken.push(item * 10))
  expect(taken).toEqual([1, 2, 3, 40])
})
