import type { ConnectionSource, Row } from "../sql/connection.ts"

/** A connection of a pool of `pg`. */
export interface PoolClientLike {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
  /** With an error or true, the connection is thrown away. */
  release(destroy?: Error | boolean): void
  on?(event: "error", listener: (error: Error) => void): unknown
  off?(event: "error", listener: (error: Error) => void): unknown
}

/** A pool of `pg`, or anything that gives connections as it does. */
export interface PoolLike {
  connect(): Promise<PoolClientLike>
}

/** A pool and how to end it; a pool of the host is not ended. */
export interface PoolUse {
  readonly pool: PoolLike
  end(): Promise<void>
}

/** Makes a pool a source of connections. `open` runs before first use, and again after a disconnection. */
export function createPoolConnections(open: () => Promise<PoolUse>): ConnectionSource {
  let opening: Promise<PoolUse> | undefined
  return {
    async connect() {
      opening ??= open()
      const client = await opening.then(({ pool }) => pool.connect()).catch(failConnecting)
      // A connection that is lost between two statements tells so by an event, which would end the process unheard.
      client.on?.("error", ignore)
      return {
        async query(sql, parameters) {
          const result = await client.query(sql, [...parameters])
          return result.rows as readonly Row[]
        },
        release(broken) {
          client.off?.("error", ignore)
          client.release(broken)
        },
      }
    },
    async disconnect() {
      const opened = opening
      opening = undefined
      await (await opened)?.end()
    },
  }
}

/** Opens a pool of our own with `pg`. */
export async function createOwnPool(settings: {
  readonly url: string
  readonly maxConnections: number
  readonly connectTimeoutMs: number
}): Promise<PoolUse> {
  const { Pool } = await loadPg()
  const pool = new Pool({
    connectionString: settings.url,
    max: settings.maxConnections,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    application_name: "inlay",
  })
  // An idle connection that is lost is replaced at its next use; without a listener it would end the process.
  pool.on("error", ignore)
  return { pool, end: () => pool.end() }
}

function ignore(): void {}

async function loadPg() {
  try {
    const { default: pg } = await import("pg")
    return pg
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND")) throw cause
    throw new Error('Cannot open PostgreSQL: the package "pg" is not installed; run "npm install pg".', { cause })
  }
}

function failConnecting(cause: unknown): never {
  // Where several addresses were tried, the reasons are in the parts and the message is empty.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  const reason = first instanceof Error ? first.message : String(first)
  if (reason.startsWith("Cannot open PostgreSQL")) throw cause
  throw new Error(`Cannot connect to PostgreSQL: ${reason}`, { cause })
}
