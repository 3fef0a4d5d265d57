import { EngineError } from '#domain/errors.ts'

export interface NsysProgress {
  /** 'collect' while the program runs, 'report' while nsys writes its report. */
  phase: 'collect' | 'report'
  /** Of the step that runs, 0..100. */
  percent: number
  /** "1/4", where nsys has several steps. */
  step?: string
}

export interface NsysReport {
  /** Of the report as nsys says it wrote it; that is not always where it was told to. */
  path?: string
  /** A raw recording left without a report. */
  rawPath?: string
  /** What to know although there is a report. */
  notices: string[]
  /** Why there is no report, or why the program never ran. */
  problem?: EngineError
}

const PROGRESS = /^\[(\d+\/\d+)\] \[[^\]]*?(\d{1,3})%[^\]]*\] /
const EXPORTING = /^(?:Processing|Exporting) \d+ events: \[[^\]]*?(\d{1,3})%/

/**
 * Reads what `nsys profile` prints among the program's own output; lines end at LF or CR. The exit code is the
 * program's and tells nothing of the report, so the last `Generated:` counts. Texts: nsys 2022.4.2 and 2023.4.4.
 */
export class NsysOutput {
  #afterGenerated = false
  #files: string[] = []
  #raw: string | undefined
  readonly #said: string[] = []
  readonly #notices: string[] = []
  #problem: EngineError | undefined

  /** @returns progress, where the line tells any */
  line(stream: 'stdout' | 'stderr', text: string): NsysProgress | undefined {
    if (stream === 'stderr') this.#stderr(text)
    const percent = PROGRESS.exec(text)
    if (percent !== null) return { phase: 'report', percent: Math.min(100, Number(percent[2])), step: percent[1] ?? '' }
    if (stream === 'stdout') this.#stdout(text)
    return undefined
  }

  report(): NsysReport {
    const path = this.#files.find(file => /\.(nsys-rep|qdrep)$/.test(file))
    const raw = this.#files.find(file => file.endsWith('.qdstrm')) ?? this.#raw
    const problem = path === undefined ? (this.#problem ?? this.#noReport(raw)) : undefined
    return {
      ...(path === undefined ? {} : { path }),
      ...(path === undefined && raw !== undefined ? { rawPath: raw } : {}),
      notices: this.#notices,
      ...(problem === undefined ? {} : { problem }),
    }
  }

  #stdout(text: string): void {
    if (text.startsWith('Generated:')) {
      this.#afterGenerated = true
      this.#files = []
    } else if (this.#afterGenerated && /^\s+\S/.test(text)) {
      this.#files.push(text.trim())
    } else {
      this.#afterGenerated &&= text.trim() === ''
      const raw = /^Generating '(.+\.qdstrm)'/.exec(text)
      if (raw !== null) this.#raw = raw[1]
    }
  }

  #stderr(text: string): void {
    if (text.trim() === '') return
    if (this.#said.push(text) > 40) this.#said.shift()
    const elsewhere = /^Failed to create '(.+)': (.+)\.$/.exec(text)
    if (elsewhere !== null) {
      this.#notices.push(`nsys could not write ${elsewhere[1]} (${elsewhere[2]}): the report is in another place`)
    }
    this.#problem ??= problemOf(text)
  }

  #noReport(raw: string | undefined): EngineError {
    const detail = this.#said.join('\n')
    if (raw !== undefined) {
      return new EngineError('TOOL_FAILED', 'nsys recorded, but could not make a report of it', {
        where: raw,
        hint: 'Its importer is missing or failed: install the full Nsight Systems package, or open the recording there.',
        detail,
      })
    }
    return new EngineError('TOOL_FAILED', 'nsys ended without a report', {
      hint: 'Run the same command in a terminal to see more; `nsys status -e` checks the system.',
      detail,
    })
  }
}

function problemOf(text: string): EngineError | undefined {
  if (/^Executable not found/.test(text)) {
    return new EngineError('FILE_NOT_FOUND', 'The program to profile was not found', {
      hint: 'Give its full path, or check PATH and the working folder.',
      detail: text,
    })
  }
  const illegal = /^(?:Illegal|Invalid) (-\S+) argument:? ?'?([^']*?)'?\.?$/.exec(text)
  if (illegal !== null) {
    return new EngineError('SPEC_INVALID', `nsys does not take ${illegal[2]} for ${illegal[1]}`, { detail: text })
  }
  const unknown = /^unrecogni[sz]ed option '([^']+)'/.exec(text)
  if (unknown !== null) {
    return new EngineError('SPEC_INVALID', `This nsys has no option ${unknown[1]}`, {
      hint: 'Leave it out, or install a newer Nsight Systems.',
      detail: text,
    })
  }
  if (/^(Importer error|Unable to retrieve the importer version|Failed to (import|convert))/i.test(text)) {
    return new EngineError('TOOL_FAILED', 'nsys recorded, but its importer failed, so there is no report', {
      hint: 'Install the full Nsight Systems package: the importer (host folder) or a library of it is missing.',
      detail: text,
    })
  }
  return undefined
}

/** Percent of an export that runs, from a line of `nsys export`. */
export function nsysExportPercent(text: string): number | undefined {
  const match = EXPORTING.exec(text)
  return match === null ? undefined : Math.min(100, Number(match[1]))
}

/** Why `nsys export` failed. @param version of the nsys that was asked */
export function nsysExportProblem(stderr: string, report: string, version?: string): EngineError {
  const said = /Exportation error: (.+)/.exec(stderr)?.[1]?.trim() ?? stderr.trim().split('\n').at(-1) ?? ''
  const make = (
    code: 'TOOL_FAILED' | 'FORMAT_BROKEN' | 'FILE_NOT_FOUND' | 'FILE_UNWRITABLE',
    what: string,
    hint: string,
  ) => new EngineError(code, what, { where: report, hint, detail: stderr.trim() })
  const newer = /Nsight Systems version \(?(\d+\.\d+\.\d+)/.exec(said)?.[1] ?? tagged(said)
  if (/newer than your current version|Version number is invalid/.test(said)) {
    return make(
      'TOOL_FAILED',
      `The report was written by nsys ${newer ?? 'of a newer version'}; the nsys here is ${version ?? 'older'}`,
      `Install Nsight Systems ${newer ?? ''} or newer, or export the report to SQLite where it was made: nsys export --type=sqlite FILE`.replace(
        '  ',
        ' ',
      ),
    )
  }
  if (/^File not found/.test(said)) return make('FILE_NOT_FOUND', 'The report is not there', 'Check the path.')
  if (/magic number mismatch|Cannot read from stream|Version tag does not|unexpected end|truncated/i.test(said)) {
    return make('FORMAT_BROKEN', 'The report is damaged or cut off', 'Copy it again from where it was made.')
  }
  if (/unable to open database file|File already exists|disk|No space/i.test(said)) {
    return make('FILE_UNWRITABLE', 'nsys could not write its export', 'Check the folder and the space on its disk.')
  }
  return make(
    'TOOL_FAILED',
    `nsys could not export the report: ${said || 'it said nothing'}`,
    'Try the export in a terminal: nsys export --type=sqlite FILE',
  )
}

/** "2023@4@4@54-234433681190v0" → "2023.4.4", as reports carry it. */
export function tagged(text: string): string | undefined {
  const match = /(\d{4})@(\d+)@(\d+)/.exec(text)
  return match === null ? undefined : `${match[1]}.${match[2]}.${match[3]}`
}
