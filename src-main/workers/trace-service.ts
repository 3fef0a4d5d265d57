import { EngineError } from '#domain/errors.ts'
import { serve } from './serve.ts'
import { RunningImport } from './trace-import.ts'
import { OpenTrace } from './trace-open.ts'
import { TraceQuestion } from './trace-protocol.ts'

/** The process of one trace: reads a file into an index, then answers what the page asks of it. */
let importing: RunningImport | undefined
let open: OpenTrace | undefined

serve(TraceQuestion, async (question, asked) => {
  switch (question.type) {
    case 'import':
      importing = new RunningImport(question, asked)
      try {
        return await importing.done()
      } finally {
        importing = undefined
      }
    case 'open':
      open?.close()
      open = await OpenTrace.open(question)
      return open.view()
    case 'query':
      if (question.name === 'preview' && importing !== undefined) return importing.preview()
      if (open === undefined) throw new EngineError('NOT_FOUND', 'No trace is open in this process')
      return open.answer(question.name, question.input)
  }
})
