import { EngineError, type ErrorCode, type ErrorData } from '#domain/errors.ts'

/** What a server said no with. */
export interface Refusal {
  /** Its own words. Hostile text. */
  message: string
  /** HTTP status, or gRPC status by name. */
  status: number | string
  /** What was asked, for `where`: a path or a call. */
  where: string
}

interface Reading {
  code: ErrorCode
  message: string
  hint?: string
}

const UNKNOWN_MODEL =
  /unknown model: '([^']*)'( version \S+)? (is not found|has no available versions)|requested model '([^']*)' is not available/

/**
 * Words of real servers (2.51, samples server_real; later versions from their sources), first match wins. A server's status
 * tells little: a wrong shape is 400, too few data 500.
 */
const READINGS: readonly { when: RegExp; read(match: RegExpExecArray): Reading }[] = [
  {
    when: /restricted, expecting header '([^']*)'/,
    read: ([, header]) => ({
      code: 'ACCESS_DENIED',
      message: `The server restricts this call: it wants the header ${header}`,
      hint: keyHint(header ?? ''),
    }),
  },
  {
    when: UNKNOWN_MODEL,
    read: ([, name, version, how, other]) =>
      how === 'has no available versions'
        ? {
            code: 'NOT_FOUND',
            message: `The model ${name} is not loaded`,
            hint: `Load it: batchscope server URL --load ${name}.`,
          }
        : { code: 'NOT_FOUND', message: `The server has no model ${name ?? other}${version ?? ''}` },
  },
  {
    when: /failed to load '([^']*)', failed to poll from model repository/,
    read: ([, name]) => ({
      code: 'NOT_FOUND',
      message: `The server finds no model ${name} that it can read`,
      hint: 'It is not in the repository, or its configuration is refused: the log of the server says which.',
    }),
  },
  {
    when: /Unable to find (?:system |cuda )?shared memory region: '([^']*)'/i,
    read: ([, name]) => ({
      code: 'SERVER_REFUSED',
      message: `The shared-memory region ${name} is not registered`,
      hint: 'The server was restarted, or another client removed all regions. Start again.',
    }),
  },
  {
    when: /Unable to open shared memory region|client.*shared memory.*(disabled|not allowed)|allow-client-shm/i,
    read: () => ({
      code: 'SERVER_REFUSED',
      message: 'The server cannot open our shared memory',
      hint: 'It must run on this machine with the same IPC namespace (docker: --ipc=host); 2.69 and later also need --allow-client-shm=true.',
    }),
  },
  {
    when: /decoupled transaction policy/,
    read: () => ({
      code: 'SERVER_REFUSED',
      message: 'The model is decoupled: it answers over the gRPC stream only',
      hint: 'Use a grpc:// address and --stream.',
    }),
  },
  {
    when: /unexpected shape for input|batch-size must be|byte size mismatch|does not match true shape|unexpected total byte size|(additional|missing) (data|bytes)|shape .*mismatch|expected \d+ dimensions/i,
    read: () => ({
      code: 'SHAPE_MISMATCH',
      message: 'The shapes do not fit the model',
      hint: 'Shapes hold the batch in front where the model batches.',
    }),
  },
  {
    when: /data-type is|unexpected inference (input|output)|failed to parse|unable to parse|expected \d+ inputs|got unexpected|missing (required )?input/i,
    read: () => ({ code: 'DATA_INVALID', message: 'The server cannot use this request' }),
  },
  {
    when: /(exceeds?|larger than|over).{0,60}(http-max-input-size|allowed input size|maximum.{0,20}size|max_input_size)|request entity too large/i,
    read: () => tooLarge(),
  },
  {
    when: /load failed for model '([^']*)'/,
    read: ([, name]) => ({
      code: 'SERVER_REFUSED',
      message: `The model ${name} failed to load`,
      hint: "The details hold the server's reason; its log says more.",
    }),
  },
  {
    when: /explicit model (load|unload).*not allowed|model control mode|polling is enabled/i,
    read: () => ({
      code: 'SERVER_REFUSED',
      message: 'The server does not load or unload models on request',
      hint: 'Start it with --model-control-mode=explicit.',
    }),
  },
]

function keyHint(header: string): string {
  if (header.endsWith('triton-access-token')) return 'Give its access token: --access-token TOKEN.'
  // gRPC sends header names in lower case, and the server compares letter by letter.
  if (header.startsWith('triton-grpc-protocol-') && /[A-Z]/.test(header)) {
    return 'No gRPC client can send a header with capitals: use HTTP, or give the server a key in lower case.'
  }
  return `Give it: --header '${header}: VALUE'.`
}

/** A refusal as a typed error: the fact in our words, the server's in `detail`. */
export function refused(refusal: Refusal, options?: { cause?: unknown }): EngineError {
  const { status, where } = refusal
  const reading = read(refusal)
  const said = refusal.message.trim()
  const data: ErrorData = {
    where,
    ...(reading.hint === undefined ? {} : { hint: reading.hint }),
    detail: `${typeof status === 'number' ? 'HTTP' : 'gRPC'} ${status}${said === '' ? '' : `: ${said}`}`,
  }
  return new EngineError(reading.code, reading.message, data, options)
}

function read({ message, status }: Refusal): Reading {
  for (const { when, read } of READINGS) {
    const match = when.exec(message)
    if (match !== null) return read(match)
  }
  return byStatus(status, message)
}

function byStatus(status: number | string, message: string): Reading {
  const first = message.trim().split('\n')[0]?.slice(0, 200) ?? ''
  const said = first === '' ? 'The server refused the request' : `The server refused: ${first}`
  switch (status) {
    case 401:
    case 403:
    case 407:
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return {
        code: 'ACCESS_DENIED',
        message: 'The server wants a token or header',
        hint: "Give it: --access-token TOKEN or --header 'NAME: VALUE'.",
      }
    case 413:
      return tooLarge()
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return {
        code: 'SERVER_PROTOCOL',
        message: `The server sends us to another address (HTTP ${status})`,
        hint: 'That is not followed: name the address of the server itself, with https:// where it wants it.',
      }
    case 404:
    case 405:
      return {
        code: 'SERVER_REFUSED',
        message: 'The server has no such call',
        hint: 'Is it a Triton server, and is this part of it switched on?',
      }
    case 501:
    case 'UNIMPLEMENTED':
      return { code: 'SERVER_REFUSED', message: first === '' ? 'The server has no such call' : said }
    case 408:
    case 504:
    case 'DEADLINE_EXCEEDED':
      return { code: 'TIMEOUT', message: 'The server did not answer in time', hint: 'Give it longer, or less to do.' }
    case 'CANCELLED':
      return { code: 'CANCELLED', message: 'Cancelled' }
    case 'NOT_FOUND':
      return { code: 'NOT_FOUND', message: said }
    case 'RESOURCE_EXHAUSTED':
      return { code: 'SERVER_REFUSED', message: said, hint: 'Send less at a time.' }
    default:
      return { code: 'SERVER_REFUSED', message: said }
  }
}

function tooLarge(): Reading {
  return {
    code: 'SERVER_REFUSED',
    message: 'The request is larger than the server takes over HTTP',
    hint: 'Use gRPC or shared memory, a smaller batch, or start the server with a larger --http-max-input-size (64 MiB by default).',
  }
}
