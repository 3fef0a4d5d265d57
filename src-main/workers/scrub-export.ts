import { REMOVED } from '#domain/secret-names.ts'
import { IS_RANK_VARIABLE } from '#formats/nsys/origin.ts'
import { SqlDatabase } from '../sqlite.ts'

/** Where nsys (2022 to 2026) keeps the environment of the program, and what it printed. */
const SCRUBS: readonly { needs: readonly string[]; sql: string }[] = [
  {
    needs: ['META_DATA_CAPTURE'],
    // The rank of a distributed job stays: it groups the traces of one job.
    sql: `UPDATE META_DATA_CAPTURE SET value = '${REMOVED}'
      WHERE name LIKE '%ENVIRONMENT_VARIABLE%' AND NOT coalesce(${IS_RANK_VARIABLE}, 0)`,
  },
  {
    needs: ['TARGET_INFO_SYSTEM_ENV'],
    sql: `UPDATE TARGET_INFO_SYSTEM_ENV SET value = '${REMOVED}' WHERE name = 'DeviceEnvironment'`,
  },
  {
    needs: ['ProcessStreams', 'StringIds'],
    sql: `UPDATE StringIds SET value = '${REMOVED}' WHERE id IN (SELECT contentId FROM ProcessStreams)`,
  },
]

/**
 * Takes the program's environment and output out of a database we made of a report: the cache needs neither, and
 * tokens stand in both. The report itself is the user's and stays as it is.
 */
export function scrubExport(path: string): void {
  const database = new SqlDatabase(path)
  try {
    database.exec('PRAGMA secure_delete = ON') // old values are overwritten, not only unlinked
    const tables = new Set(
      [...database.rawRows("SELECT name FROM sqlite_master WHERE type = 'table'")].map(row => row.name),
    )
    for (const { needs, sql } of SCRUBS) if (needs.every(table => tables.has(table))) database.exec(sql)
  } finally {
    database.close()
  }
}
