import { parentPort, workerData } from "node:worker_threads"
import type { SqliteDriver } from "./sqlite/driver.ts"
import { openDatabase } from "./sqlite/open-database.ts"
import { unpackValues } from "./sqlite/packed-values.ts"
import { openedId, type SentStatement, type SqliteReply, type SqliteRequest } from "./sqlite/worker-protocol.ts"

const port = parentPort
if (port === null) throw new Error("Cannot run the SQLite worker: it is started by sqlite(), in a thread of its own")

silenceSqliteWarning()

try {
  const driver = openDatabase(workerData)
  port.on("message", (request: SqliteRequest) => port.postMessage(answer(driver, request)))
  port.postMessage({ id: openedId } satisfies SqliteReply)
} catch (error) {
  port.postMessage({ id: openedId, error: toPlainError(error) } satisfies SqliteReply)
}

function answer(driver: SqliteDriver, { id, sql, parameters = [], transaction }: SqliteRequest): SqliteReply {
  try {
    if (transaction) return { id, ...transact(driver, transaction) }
    if (sql !== undefined) return { id, rows: driver.query(sql, unpackValues(parameters)) }
    driver.close()
    return { id }
  } catch (error) {
    return { id, error: toPlainError(error) }
  }
}

function transact(driver: SqliteDriver, statements: readonly SentStatement[]): Omit<SqliteReply, "id"> {
  driver.query("begin immediate", [])
  try {
    const results = statements.map(({ sql, parameters }) => driver.query(sql, unpackValues(parameters)))
    driver.query("commit", [])
    return { results }
  } catch (error) {
    try {
      driver.query("rollback", [])
    } catch {
      // The reason for rolling back is the error to report.
      return { error: toPlainError(error), isBroken: true }
    }
    throw error
  }
}

function toPlainError(error: unknown): NonNullable<SqliteReply["error"]> {
  if (!(error instanceof Error)) return { message: String(error), code: undefined }
  return { message: error.message, code: "code" in error ? String(error.code) : undefined }
}

/** Node calls its SQLite experimental; whoever runs Inlay did not choose it and cannot act on the warning. */
function silenceSqliteWarning(): void {
  const emitWarning = process.emitWarning.bind(process) as (...parameters: unknown[]) => void
  process.emitWarning = ((...parameters: unknown[]) => {
    if (parameters[1] === "ExperimentalWarning" && String(parameters[0]).includes("SQLite")) return
    emitWarning(...parameters)
  }) as typeof process.emitWarning
}
