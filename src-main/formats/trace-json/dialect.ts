import type { FileHead } from '../define.ts'
import type { EventScanner } from './event-scanner.ts'
import { TEXT } from './fields.ts'
import { plainText } from './json-string.ts'
import { type Dialect, dialectOf } from './meanings.ts'

const STARTS_JSON = /^\uFEFF?\s*[{[]/
const HAS_PHASE = /"ph"\s*:\s*"[A-Za-z(),]"/
/** First members of Chrome's trace object; `metadata` may fill the whole head. */
const STARTS_TRACE =
  /^\uFEFF?\s*\{\s*"(?:traceEvents|displayTimeUnit|otherData|metadata|systemTraceEvents|stackFrames|controllerTraceDataKey|powerTraceAsString|beginningTimestamp)"\s*:/

const KINETO_MEMBERS = /"(?:deviceProperties|baseTimeNanoseconds)"\s*:|"schemaVersion"\s*:[\s\S]*"traceEvents"\s*:/
const KINETO_CATEGORIES =
  /"cat"\s*:\s*"(?:cpu_op|user_annotation|python_function|cuda_runtime|cuda_driver|gpu_memcpy|gpu_memset|gpu_user_annotation|cpu_instant_event|ac2g|fwdbwd|xpu_runtime|mtia_runtime)"/i
const KINETO_METADATA = /^\uFEFF?\s*\{\s*"metadata"\s*:[\s\S]*(?:torch_profiler|"record_shapes"|"with_stack")/
const OLD_KINETO = /"cat"\s*:\s*"Operator"[\s\S]*"External id"\s*:|"name"\s*:\s*"(?:PyTorch Profiler|ProfilerStep#)/
const ORT = /"cat"\s*:\s*"(?:Session|Node|Api)"/
const ORT_NAME =
  /"name"\s*:\s*"(?:model_loading_|session_initialization|model_run|SequentialExecutor|[^"]*_kernel_time")/

export function looksLikeKineto({ text }: FileHead): boolean {
  if (!STARTS_JSON.test(text)) return false
  if (KINETO_METADATA.test(text)) return true
  const isTrace = HAS_PHASE.test(text)
  return (
    (KINETO_MEMBERS.test(text) && /^\uFEFF?\s*\{/.test(text)) ||
    (isTrace && (KINETO_CATEGORIES.test(text) || OLD_KINETO.test(text)))
  )
}

/** ONNX Runtime writes a bare list; the first event is the session's loading of the model. */
export function looksLikeOrt(head: FileHead): boolean {
  const { text } = head
  return (
    STARTS_JSON.test(text) && HAS_PHASE.test(text) && ORT.test(text) && ORT_NAME.test(text) && !looksLikeKineto(head)
  )
}

/** Any other trace in Chrome's format. */
export function looksLikeChrome(head: FileHead): boolean {
  const { text } = head
  if (!STARTS_JSON.test(text) || looksLikeKineto(head) || looksLikeOrt(head)) return false
  return HAS_PHASE.test(text) ? /"(?:ts|name|pid)"\s*:/.test(text) : STARTS_TRACE.test(text)
}

/** What the members before the events give away. */
export function dialectInHead(name: string): Dialect | undefined {
  return /^(?:schemaVersion|deviceProperties|baseTimeNanoseconds)$/.test(name) ? 'kineto' : undefined
}

/** What an event gives away. */
export function dialectOfEvent(event: EventScanner): Dialect | undefined {
  const category = plainText(event.bytes, event.from[TEXT.category] ?? 0, event.to[TEXT.category] ?? 0)
  return category === '' ? undefined : dialectOf(category)
}
