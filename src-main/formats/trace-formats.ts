import { chromeTrace } from './chrome-trace.ts'
import type { Format } from './define.ts'
import { kineto } from './kineto.ts'
import { nsysReport } from './nsys-report.ts'
import { nsysSqlite } from './nsys-sqlite.ts'
import { ortProfile } from './ort-profile.ts'

/** Formats that give traces, for `catalog.ts` and for the workers, which must not load what else the catalog names. */
export const TRACE_FORMATS: readonly Format<'trace'>[] = [nsysSqlite, nsysReport, kineto, ortProfile, chromeTrace]
