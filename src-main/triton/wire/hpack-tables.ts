/** RFC 7541, appendix A: the static table, from index 1. */
export const STATIC_TABLE: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...[
    'accept-language',
    'accept-ranges',
    'accept',
    'access-control-allow-origin',
    'age',
    'allow',
    'authorization',
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-length',
    'content-location',
    'content-range',
    'content-type',
    'cookie',
    'date',
    'etag',
    'expect',
    'expires',
    'from',
    'host',
    'if-match',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'last-modified',
    'link',
    'location',
    'max-forwards',
    'proxy-authenticate',
    'proxy-authorization',
    'range',
    'referer',
    'refresh',
    'retry-after',
    'server',
    'set-cookie',
    'strict-transport-security',
    'transfer-encoding',
    'user-agent',
    'vary',
    'via',
    'www-authenticate',
  ].map(name => [name, ''] as const),
]

export const END_OF_STRING = 256

/**
 * RFC 7541, appendix B: symbols by the length of their code in bits. The code is canonical: within a length symbols
 * ascend, and each length goes on where the shorter one ended. So lengths say everything.
 */
const SYMBOLS_BY_LENGTH: readonly (readonly [bits: number, symbols: readonly number[]])[] = [
  [5, codes('012aceiost')],
  [6, codes(' %-./3456789=A_bdfghlmnpru')],
  [7, codes(':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz')],
  [8, codes('&*,;XZ')],
  [10, codes('!"()?')],
  [11, codes("'+|")],
  [12, codes('#>')],
  [13, [0, ...codes('$@[]~')]],
  [14, codes('^}')],
  [15, codes('<`{')],
  [19, [92, 195, 208]],
  [20, [128, 130, 131, 162, 184, 194, 224, 226]],
  [21, [153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230]],
  [
    22,
    [
      129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198,
      228, 232, 233,
    ],
  ],
  [
    23,
    [
      1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175, 180, 182,
      183, 188, 191, 197, 231, 239,
    ],
  ],
  [24, [9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237]],
  [25, [199, 207, 234, 235]],
  [26, [192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255]],
  [27, [203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245, 246, 247, 248, 250, 251, 252, 253, 254]],
  [
    28,
    [2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127, 220, 249],
  ],
  [30, [10, 13, 22, END_OF_STRING]],
]

function codes(text: string): number[] {
  return Array.from(text, letter => letter.charCodeAt(0))
}

/**
 * The code as a binary tree in one array: node n has its children at 2n and 2n + 1. A child is the number of a node,
 * or −1 − symbol.
 */
export const HUFFMAN_TREE: Int16Array = huffmanTree()

function huffmanTree(): Int16Array {
  const tree: number[] = [0, 0]
  let code = 0
  let length = 0
  for (const [bits, symbols] of SYMBOLS_BY_LENGTH) {
    code *= 2 ** (bits - length)
    length = bits
    for (const symbol of symbols) place(tree, code++, bits, symbol)
  }
  return Int16Array.from(tree)
}

function place(tree: number[], code: number, bits: number, symbol: number): void {
  let node = 0
  for (let bit = bits - 1; bit >= 0; bit--) {
    const at = node * 2 + ((code >> bit) & 1)
    if (bit === 0) tree[at] = -1 - symbol
    else {
      if (tree[at] === 0) {
        tree[at] = tree.length / 2
        tree.push(0, 0)
      }
      node = tree[at] ?? 0
    }
  }
}
