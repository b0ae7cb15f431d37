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
import type { Storage } from "../../src/ports/storage.ts"
import { createOwnPool, createPoolConnections, type PoolLike } from "./postgres/pool.ts"
import { postgresEngine } from "./sql/postgres-engine.ts"
import { createSqlStorage } from "./sql/storage.ts"

export type { PoolClientLike, PoolLike } from "./postgres/pool.ts"

/** How PostgreSQL is reached, where Inlay connects itself. */
export interface PostgresOptions {
  /**
   * How many connections to open at most.
   * @default 10
   */
  readonly maxConnections?: number
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
  const { maxConnections = 10, connectTimeoutMs = 10_000 } = options
  if (typeof urlOrPool === "string" || urlOrPool instanceof URL) {
    const url = checkUrl(urlOrPool)
    checkPositive("maxConnections", maxConnections)
    checkPositive("connectTimeoutMs", connectTimeoutMs)
    return createSqlStorage({
      name: "postgres",
      engine: postgresEngine,
      connections: createPoolConnections(() => createOwnPool({ url, maxConnections, connectTimeoutMs })),
    })
  }
  if (typeof urlOrPool?.connect !== "function") {
    throw new TypeError("Cannot open PostgreSQL: expected a postgres:// URL or a pool of pg")
  }
  return createSqlStorage({
    name: "postgres",
    engine: postgresEngine,
    connections: createPoolConnections(async () => ({ pool: urlOrPool, end: async () => {} })),
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
