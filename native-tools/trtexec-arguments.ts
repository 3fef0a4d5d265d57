/** Why trtexec cannot do what is asked, and the way out. */
export interface Refusal {
  why: string
  hint: string
  /** The input or option it is about. */
  where?: string
}

/** Arguments after the program; `notices` tell what was left out or understood. Refused: nothing may be started. */
export type TrtexecArguments = { argv: string[]; notices: string[] } | { refused: Refusal[] }

/** Where a build writes. Absolute paths. */
export interface BuildFiles {
  /** Must not exist: trtexec would overwrite it. */
  engine: string
  timingCache?: string
  /** Export of the engine's layers (JSON). */
  layers?: string
}

/** Where a run of an engine writes its exports (JSON); absent: not exported. Absolute paths. */
export interface RunExports {
  times?: string
  /** Written only where layers are profiled in a run of their own. */
  profile?: string
  layers?: string
}
