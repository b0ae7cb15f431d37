/**
 * Keeps everything in PostgreSQL, shared by as many processes as there are.
 *
 * ```ts
 * import { createFunctions } from "inlay"
 * import { postgres } from "inlay/storage/postgres"
 *
 * const functions = await createFunctions({ storage: postgres("postgres://user@localhost/app") })
 * ```
 *
 * @module
 */
import { checkKeys } from "../../src/model/check-keys.ts"
import type { Storage } from "../../src/ports/storage.ts"
import {
  createOwnPool,
  createPoolConnections,
  openListeningClient,
  type PoolLike,
  takeListeningClient,
} from "./postgres/pool.ts"
import { createPostgresSignals, type ListeningClient } from "./postgres/signals.ts"
import type { ConnectionSource } from "./sql/connection.ts"
import { postgresEngine } from "./sql/postgres-engine.ts"
import { createSqlStorage } from "./sql/storage.ts"

export type { PoolClientLike, PoolLike } from "./postgres/pool.ts"

/** How PostgreSQL is reached. */
export interface PostgresOptions {
  /**
   * Whether processes tell one another of new work by LISTEN and NOTIFY, which keeps one connection; or the URL for that
   * connection, where the other one leads through a pooler in transaction mode. A pool that does not tell of
   * `options.max`, or has one connection alone, is not listened on.
   * @default true
   */
  readonly listen?: boolean | string
  /**
   * How many connections to open at most, where Inlay connects itself; the one for `listen` is not among them.
   * @default 10
   */
  readonly maxConnections?: number
  /**
   * Whether the statements that are run most often stay prepared on connections that are busy, which costs the server less.
   * A pooler in transaction mode must know of such statements, as PgBouncer does since 1.21 with `max_prepared_statements`.
   * @default true on connections of its own that lead straight to the server, which is found out; false with a pool
   */
  readonly prepare?: boolean
  /**
   * For how many milliseconds to wait for a connection.
   * @default 10000
   */
  readonly connectTimeoutMs?: number
}

/**
 * A storage in PostgreSQL 13 or later. A URL is connected to with the package `pg`, which the host installs; a pool of
 * `pg`, or anything like it, is used as it is and stays open. The tables begin with `inlay_` and are made in the first
 * schema of the connection's search path.
 */
export function postgres(urlOrPool: string | URL | PoolLike, options: PostgresOptions = {}): Storage {
  checkKeys("open PostgreSQL", options, ["maxConnections", "connectTimeoutMs", "listen", "prepare"])
  const { maxConnections = 10, connectTimeoutMs = 10_000, listen = true, prepare } = options
  const listenUrl = typeof listen === "string" ? checkUrl(listen) : undefined
  if (typeof urlOrPool === "string" || urlOrPool instanceof URL) {
    const url = checkUrl(urlOrPool)
    checkPositive("maxConnections", maxConnections)
    checkPositive("connectTimeoutMs", connectTimeoutMs)
    const connections = createPoolConnections(
      () => createOwnPool({ url, maxConnections, connectTimeoutMs }),
      prepare ?? "direct",
    )
    const connect = () => openListeningClient({ url: listenUrl ?? url, connectTimeoutMs })
    return createStorage(connections, listen === false ? undefined : connect)
  }
  if (typeof urlOrPool?.connect !== "function") {
    throw new TypeError("Cannot open PostgreSQL: expected a postgres:// URL or a pool of pg")
  }
  const connections = createPoolConnections(async () => ({ pool: urlOrPool, end: async () => {} }), prepare ?? false)
  if (listenUrl !== undefined) {
    return createStorage(connections, () => openListeningClient({ url: listenUrl, connectTimeoutMs }))
  }
  const canSpareOne = (urlOrPool.options?.max ?? 1) > 1
  return createStorage(connections, listen && canSpareOne ? () => takeListeningClient(urlOrPool) : undefined)
}

function createStorage(connections: ConnectionSource, connect: (() => Promise<ListeningClient>) | undefined): Storage {
  const query = async (text: string, values: string[]) => {
    const connection = await connections.connect()
    try {
      await connection.query(text, values)
    } finally {
      connection.release(false)
    }
  }
  return createSqlStorage({
    name: "postgres",
    engine: postgresEngine,
    connections,
    ...(connect && { signals: createPostgresSignals({ connect, query }) }),
  })
}

function checkUrl(url: string | URL): string {
  // The text may hold a password, so no message repeats it.
  if (/^postgres(ql)?:\/\//.test(String(url))) return String(url)
  throw new TypeError('Cannot open PostgreSQL: expected a URL that begins with "postgres://"')
}

function checkPositive(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return
  throw new RangeError(`Cannot open PostgreSQL with ${name} ${value}: expected a whole number above 0`)
}
