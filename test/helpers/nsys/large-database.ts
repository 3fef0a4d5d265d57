import { SqlDatabase } from '../../../src-main/sqlite.ts'
import { createTables, type TableName } from './tables.ts'

const NAMES = 200
const STREAMS = 4
const PID = 4242
export const GLOBAL_PID = (1n << 48n) | (BigInt(PID) << 24n)

export interface LargeTruth {
  kernels: number
  calls: number
  /** Sum and union of all kernels. */
  totalNs: number
  busyNs: number
  /** By name id, from 0. */
  byName: { count: number; totalNs: number }[]
}

/** Kernel `i`: integer arithmetic that SQLite and JavaScript do alike; starts ascend, neighbours overlap. */
const startOf = (i: number) => 1_000_000 + i * 6000 + ((i * 104_729) % 3000)
const durationOf = (i: number) => 1000 + ((i * 7919) % 9000)
const nameOf = (i: number) => (i * 31) % NAMES

/**
 * An nsys database of schema 3.7 with `kernels` kernels and as many launching calls; the same for the same number.
 * @returns its figures, worked out in JavaScript, not read back
 */
export function writeLargeDatabase(path: string, kernels: number): LargeTruth {
  const db = new SqlDatabase(path, { create: true })
  const tables: TableName[] = [
    'StringIds',
    'META_DATA_EXPORT',
    'PROCESSES',
    'CUPTI_ACTIVITY_KIND_KERNEL',
    'CUPTI_ACTIVITY_KIND_RUNTIME',
    'TARGET_INFO_GPU',
  ]
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF')
  createTables(db, tables)
  db.exec('BEGIN')
  for (let i = 0; i < NAMES; i++) {
    db.run(
      'INSERT INTO StringIds VALUES (?, ?)',
      i + 1,
      `void kernel_${i}<float, ${i % 7}>(const float *, float *, int)`,
    )
  }
  db.run('INSERT INTO StringIds VALUES (?, ?)', NAMES + 1, 'cudaLaunchKernel_v7000')
  db.exec(`INSERT INTO META_DATA_EXPORT VALUES ('EXPORT_PRODUCT_VERSION', '2023.4.4.54'), ('EXPORT_SCHEMA_VERSION', '3.7.2');
    INSERT INTO PROCESSES VALUES (${GLOBAL_PID}, ${PID}, 'generated');
    INSERT INTO TARGET_INFO_GPU (vmId, id, name, smCount, cuDevice) VALUES (1, 0, 'Generated GPU', 100, 0)`)
  const numbers = `WITH RECURSIVE numbers(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM numbers WHERE i < ${kernels - 1})`
  const start = '1000000 + i * 6000 + i * 104729 % 3000'
  db.exec(`${numbers} INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL
    (start, "end", deviceId, contextId, streamId, correlationId, globalPid, demangledName, shortName, registersPerThread,
     gridX, gridY, gridZ, blockX, blockY, blockZ, staticSharedMemory, dynamicSharedMemory, localMemoryPerThread,
     localMemoryTotal, gridId)
    SELECT ${start}, ${start} + 1000 + i * 7919 % 9000, 0, 1, 7 + i % ${STREAMS}, i + 1, ${GLOBAL_PID},
     i * 31 % ${NAMES} + 1, i * 31 % ${NAMES} + 1, 32, 80 + i % 300, 1, 1, 256, 1, 1, 0, 4096, 0, 0, i FROM numbers`)
  db.exec(`${numbers} INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME
    SELECT ${start} - 20000, ${start} - 18000 + i % 1000, 0, ${GLOBAL_PID} + ${PID}, i + 1, ${NAMES + 1}, 0, NULL FROM numbers`)
  db.exec('COMMIT')
  db.close()
  return truthOf(kernels)
}

function truthOf(kernels: number): LargeTruth {
  const byName = Array.from({ length: NAMES }, () => ({ count: 0, totalNs: 0 }))
  let totalNs = 0
  let busyNs = 0
  let busyUntil = Number.NEGATIVE_INFINITY
  for (let i = 0; i < kernels; i++) {
    const start = startOf(i)
    const duration = durationOf(i)
    const row = byName[nameOf(i)]
    if (row !== undefined) {
      row.count++
      row.totalNs += duration
    }
    totalNs += duration
    busyNs += Math.max(0, start + duration - Math.max(busyUntil, start))
    busyUntil = Math.max(busyUntil, start + duration)
  }
  return { kernels, calls: kernels, totalNs, busyNs, byName }
}
