/**
 * Keeps everything in a SQLite database: a file, the memory, or a database that the host has open.
 *
 * ```ts
 * import { createFunctions } from "inlay"
 * import { sqlite } from "inlay/storage/sqlite"
 *
 * const functions = await createFunctions({ storage: sqlite("inlay.db") })
 * ```
 *
 * @module
 */
import { checkKeys } from "../../src/model/check-keys.ts"
import type { Storage } from "../../src/ports/storage.ts"
import type { ConnectionSource } from "./sql/connection.ts"
import { sqliteEngine } from "./sql/sqlite-engine.ts"
import { createSqlStorage } from "./sql/storage.ts"
import type { SqliteDatabaseLike } from "./sqlite/driver.ts"
import { createHostConnection } from "./sqlite/host-connection.ts"
import { type SqliteLibrary, sqliteLibraries } from "./sqlite/libraries.ts"
import { createSingleConnection } from "./sqlite/single-connection.ts"
import { openWorkerChannel } from "./sqlite/worker-channel.ts"

export type { SqliteDatabaseLike, SqliteStatementLike } from "./sqlite/driver.ts"
export type { SqliteLibrary } from "./sqlite/libraries.ts"

/** How a SQLite file is used. */
export interface SqliteOptions {
  /**
   * `full` flushes every commit to the disk before it is answered. `normal` flushes now and then: it is several times
   * faster, keeps the database whole, and may lose the last commits before a power failure or a crash of the system; a
   * crash of the process loses nothing.
   * @default "full"
   */
  readonly synchronous?: "full" | "normal"
  /**
   * For how many milliseconds to wait while another process writes.
   * @default 5000
   */
  readonly busyTimeoutMs?: number
  /**
   * The library to use.
   * @default the first that loads of `node:sqlite`, `better-sqlite3`, `libsql`
   */
  readonly library?: SqliteLibrary
}

/**
 * A storage in a SQLite database. A path is opened in a worker thread of its own, so that neither a slow query nor a
 * disk holds up the event loop; `":memory:"` keeps nothing once it is closed. A database that the host opened is used
 * on the caller's thread with the host's own settings, and stays open. While the host has a transaction of its own open,
 * everything but what takes part in it waits, for 5 seconds at most.
 */
export function sqlite(database: string | SqliteDatabaseLike = ":memory:", options: SqliteOptions = {}): Storage {
  if (typeof database === "object" && database !== null && typeof database.prepare === "function") {
    return createSqlStorage({
      name: "sqlite",
      engine: sqliteEngine,
      connections: shareConnection(database),
    })
  }
  const settings = checkSettings(database, options)
  return createSqlStorage({
    name: "sqlite",
    engine: sqliteEngine,
    connections: createSingleConnection(() => openWorkerChannel(settings)),
    ...(database === ":memory:" && { notice: memoryNotice }),
  })
}

/** One per database of a host: two storages on one connection must wait for one another's transactions. */
const shared = new WeakMap<SqliteDatabaseLike, ConnectionSource>()

function shareConnection(database: SqliteDatabaseLike): ConnectionSource {
  const known = shared.get(database)
  if (known !== undefined) return known
  const connections = createHostConnection(database)
  shared.set(database, connections)
  return connections
}

const memoryNotice =
  "The storage is in memory: functions, invocations and pipelines are gone once the process ends. " +
  'Give sqlite() a path, such as sqlite("inlay.db"), to keep them.'

function checkSettings(path: unknown, options: SqliteOptions) {
  checkKeys("open SQLite", options, ["synchronous", "busyTimeoutMs", "library"])
  const { synchronous = "full", busyTimeoutMs = 5000, library } = options
  if (typeof path !== "string" || path === "") {
    throw new TypeError('Cannot open SQLite: expected the path of a file, ":memory:", or an open database')
  }
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new TypeError(`Cannot open SQLite with synchronous "${String(synchronous)}": expected "full" or "normal"`)
  }
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > 2 ** 31 - 1) {
    throw new RangeError(`Cannot open SQLite with busyTimeoutMs ${busyTimeoutMs}: expected milliseconds, 0 or more`)
  }
  if (library !== undefined && !sqliteLibraries.includes(library)) {
    throw new TypeError(`Cannot open SQLite with library "${library}": expected ${sqliteLibraries.join(", ")}`)
  }
  return { path, synchronous, busyTimeoutMs, libraries: library === undefined ? sqliteLibraries : [library] }
}
