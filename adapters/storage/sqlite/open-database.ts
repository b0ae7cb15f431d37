import { type SqliteDriver, toSqliteDriver } from "./driver.ts"
import { loadSqlite, type SqliteLibrary } from "./libraries.ts"

/** How a database is opened. */
export interface SqliteSettings {
  readonly path: string
  readonly synchronous: "full" | "normal"
  readonly busyTimeoutMs: number
  readonly libraries: readonly SqliteLibrary[]
}

/** Opens a database of our own: WAL, foreign keys checked, waiting for other processes instead of failing at once. */
export function openDatabase({ path, synchronous, busyTimeoutMs, libraries }: SqliteSettings): SqliteDriver {
  const open = loadSqlite(libraries)
  let driver: SqliteDriver | undefined
  try {
    const database = open(path)
    driver = toSqliteDriver(database, () => database.close())
    driver.execute(`pragma busy_timeout = ${busyTimeoutMs}`)
    enterWal(driver, Date.now() + busyTimeoutMs)
    driver.execute(`pragma synchronous = ${synchronous}`)
    driver.execute("pragma foreign_keys = on")
    return driver
  } catch (cause) {
    driver?.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`Cannot open SQLite database "${path}": ${reason}${advice(reason)}`, { cause })
  }
}

/** SQLite answers "locked" at once, without the busy timeout, where two processes turn a new file to WAL together. */
function enterWal(driver: SqliteDriver, untilMs: number): void {
  for (;;) {
    try {
      driver.execute("pragma journal_mode = wal")
      return
    } catch (error) {
      if (!isLocked(error) || Date.now() >= untilMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /locked|busy/i.test(error.message)
}

function advice(reason: string): string {
  if (/locked|busy/i.test(reason)) return "; another process holds it, stop that one or raise busyTimeoutMs."
  if (/not a database|malformed/i.test(reason))
    return "; the file is damaged or of another kind, restore it or name another."
  if (/readonly|read-only/i.test(reason)) return "; the file and its folder must be writable."
  if (/unable to open|directory does not exist/i.test(reason)) return "; its folder must exist and be writable."
  return "."
}
