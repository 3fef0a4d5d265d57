import type { SqlDatabase, SqlValue } from '../../../src-main/sqlite.ts'

/** Columns of the tables that tests make, as schema 3.7.2 (nsys 2023.4.4, `export --lazy=false`) declares them. */
const COLUMNS = {
  StringIds: 'id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL',
  ThreadNames: 'nameId INTEGER NOT NULL, priority INTEGER, globalTid INTEGER',
  META_DATA_EXPORT: 'name TEXT NOT NULL, value TEXT',
  META_DATA_CAPTURE: 'name TEXT NOT NULL, value TEXT',
  PROCESSES: 'globalPid INTEGER, pid INTEGER, name TEXT',
  TARGET_INFO_GPU:
    'vmId INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT, totalMemory INTEGER, smCount INTEGER, cuDevice INTEGER, maxWarpsPerSm INTEGER, threadsPerWarp INTEGER, computeMajor INTEGER, computeMinor INTEGER',
  TARGET_INFO_SESSION_START_TIME: 'utcEpochNs INTEGER, utcTime TEXT, localTime TEXT',
  TARGET_INFO_GPU_METRICS:
    'typeId INTEGER NOT NULL, sourceId INTEGER NOT NULL, typeName TEXT NOT NULL, metricId INTEGER NOT NULL, metricName TEXT NOT NULL',
  CUPTI_ACTIVITY_KIND_KERNEL:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, demangledName INTEGER NOT NULL, shortName INTEGER NOT NULL, mangledName INTEGER, launchType INTEGER, cacheConfig INTEGER, registersPerThread INTEGER NOT NULL, gridX INTEGER NOT NULL, gridY INTEGER NOT NULL, gridZ INTEGER NOT NULL, blockX INTEGER NOT NULL, blockY INTEGER NOT NULL, blockZ INTEGER NOT NULL, staticSharedMemory INTEGER NOT NULL, dynamicSharedMemory INTEGER NOT NULL, localMemoryPerThread INTEGER NOT NULL, localMemoryTotal INTEGER NOT NULL, gridId INTEGER NOT NULL, sharedMemoryExecuted INTEGER, graphNodeId INTEGER, sharedMemoryLimitConfig INTEGER',
  CUPTI_ACTIVITY_KIND_MEMCPY:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, bytes INTEGER NOT NULL, copyKind INTEGER NOT NULL, deprecatedSrcId INTEGER, srcKind INTEGER, dstKind INTEGER, srcDeviceId INTEGER, srcContextId INTEGER, dstDeviceId INTEGER, dstContextId INTEGER, migrationCause INTEGER, graphNodeId INTEGER, virtualAddress INTEGER',
  CUPTI_ACTIVITY_KIND_MEMSET:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, value INTEGER NOT NULL, bytes INTEGER NOT NULL, graphNodeId INTEGER, memKind INTEGER',
  CUPTI_ACTIVITY_KIND_SYNCHRONIZATION:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, syncType INTEGER NOT NULL, eventId INTEGER NOT NULL',
  CUPTI_ACTIVITY_KIND_GRAPH_TRACE:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, graphId INTEGER NOT NULL, contextId INTEGER NOT NULL, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER',
  CUPTI_ACTIVITY_KIND_RUNTIME:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL, globalTid INTEGER, correlationId INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER NOT NULL, callchainId INTEGER',
  CUDNN_EVENTS:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL, globalTid INTEGER, nameId INTEGER NOT NULL',
  CUDA_UM_CPU_PAGE_FAULT_EVENTS:
    'start INTEGER NOT NULL, globalPid INTEGER NOT NULL, address INTEGER NOT NULL, originalFaultPc INTEGER, CpuInstruction INTEGER NOT NULL, module INTEGER NOT NULL, unresolvedFaultPc INTEGER',
  CUDA_UM_GPU_PAGE_FAULT_EVENTS:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, globalPid INTEGER NOT NULL, deviceId INTEGER NOT NULL, address INTEGER NOT NULL, numberOfPageFaults INTEGER NOT NULL, faultAccessType INTEGER NOT NULL',
  CUDA_GPU_MEMORY_USAGE_EVENTS:
    'start INTEGER NOT NULL, globalPid INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, address INTEGER NOT NULL, pc INTEGER NOT NULL, bytes INTEGER NOT NULL, memKind INTEGER NOT NULL, memoryOperationType INTEGER NOT NULL, name TEXT, correlationId INTEGER',
  NVTX_EVENTS:
    'start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, rangeId INTEGER, category INTEGER, color INTEGER, text TEXT, globalTid INTEGER, endGlobalTid INTEGER, textId INTEGER, domainId INTEGER, uint64Value INTEGER, int64Value INTEGER, doubleValue REAL, uint32Value INTEGER, int32Value INTEGER, floatValue REAL, jsonTextId INTEGER, jsonText TEXT',
  OSRT_API:
    'start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL, globalTid INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER NOT NULL, nestingLevel INTEGER, callchainId INTEGER NOT NULL',
  GPU_METRICS: 'timestamp INTEGER, typeId INTEGER NOT NULL, metricId INTEGER NOT NULL, value INTEGER NOT NULL',
  COMPOSITE_EVENTS:
    'id INTEGER NOT NULL PRIMARY KEY, start INTEGER NOT NULL, cpu INTEGER, threadState INTEGER, globalTid INTEGER, cpuCycles INTEGER NOT NULL',
  DIAGNOSTIC_EVENT:
    'timestamp INTEGER NOT NULL, timestampType INTEGER NOT NULL, source INTEGER NOT NULL, severity INTEGER NOT NULL, text TEXT NOT NULL, globalPid INTEGER',
} as const

export type TableName = keyof typeof COLUMNS

export function createTables(db: SqlDatabase, tables: readonly TableName[]): void {
  for (const table of tables) db.exec(`CREATE TABLE ${table} (${COLUMNS[table].replaceAll(/\bend\b/g, '"end"')})`)
}

export const TABLE_NAMES = Object.keys(COLUMNS) as TableName[]

export function columnsOf(table: TableName): string[] {
  return COLUMNS[table].split(', ').map(column => column.split(' ')[0] ?? '')
}

/** Rows by table; what a row leaves out is 0 where the schema wants a number, else NULL. */
export type TableRows = Partial<Record<TableName, readonly Readonly<Record<string, SqlValue | bigint>>[]>>

/** A database with these tables alone. */
export function fillTables(db: SqlDatabase, rows: TableRows): void {
  const tables = Object.keys(rows) as TableName[]
  createTables(db, tables)
  for (const table of tables) {
    const needed = [...COLUMNS[table].matchAll(/(\w+) INTEGER NOT NULL(?! PRIMARY)/g)].map(match => match[1] ?? '')
    for (const row of rows[table] ?? []) {
      const filled: Record<string, SqlValue | bigint> = { ...Object.fromEntries(needed.map(name => [name, 0])), ...row }
      const names = Object.keys(filled)
      // Numbers stand in the statement: a parameter would become a REAL above 2^31.
      const values = names.map(name => literal(filled[name] ?? null))
      db.exec(`INSERT INTO ${table} (${names.map(name => `"${name}"`).join(', ')}) VALUES (${values.join(', ')})`)
    }
  }
}

function literal(value: SqlValue | bigint): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  return String(value)
}
