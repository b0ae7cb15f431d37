import type { PoolClient } from "pg"
import type { ConnectionSource, Row } from "../sql/connection.ts"
import { isReadOnlyRefusal } from "../sql/postgres-engine.ts"
import { createJoin } from "./join.ts"
import { createRunOften } from "./kept-plans.ts"
import type { ListeningClient } from "./signals.ts"

/** A connection of a pool of `pg`. */
export interface PoolClientLike {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
  /** With an error or true, the connection is thrown away. */
  release(destroy?: Error | boolean): void
  on?(event: "error", listener: (error: Error) => void): unknown
  on?(event: "end", listener: () => void): unknown
  on?(event: "notification", listener: (message: { readonly payload?: string | undefined }) => void): unknown
  off?(event: "error", listener: (error: Error) => void): unknown
}

/** A pool of `pg`, or anything that gives connections as it does. */
export interface PoolLike {
  connect(): Promise<PoolClientLike>
  /** How many connections it has at most. Inlay keeps one of several to hear of news; none where this is not told. */
  readonly options?: { readonly max?: number | undefined }
}

/** A pool and how to end it; a pool of the host is not ended. */
export interface PoolUse {
  readonly pool: PoolLike
  end(): Promise<void>
  /** Has connections that do not come to their end keep the process no longer. */
  abandon?(): void
}

/**
 * Makes a pool a source of connections. `open` runs before first use, and again after a disconnection. `keepsPlans` is for
 * `createRunOften`.
 */
export function createPoolConnections(
  open: () => Promise<PoolUse>,
  keepsPlans: boolean | "direct" = false,
): ConnectionSource {
  const runOften = createRunOften(keepsPlans)
  let opening: Promise<PoolUse> | undefined
  let isCut = false
  /** What ends each connection that is in use, and each wait for one. */
  const cuts = new Set<() => void>()

  /** Waits for a connection of the pool, unless everything is cut off meanwhile. */
  function take(pool: PoolLike): Promise<PoolClientLike> {
    return new Promise((resolve, reject) => {
      if (isCut) return reject(new Error(cutOff))
      const connecting = pool.connect()
      const cut = () => {
        reject(new Error(cutOff))
        connecting.then((client) => client.release(true)).catch(ignore)
      }
      cuts.add(cut)
      connecting.finally(() => cuts.delete(cut)).then(resolve, reject)
    })
  }

  const connect: ConnectionSource["connect"] = async () => {
    opening ??= open()
    const client = await opening.then(({ pool }) => take(pool)).catch(failConnecting)
    if (isCut) {
      client.release(true)
      return failConnecting(new Error(cutOff))
    }
    let isHeld = true
    /** What it was when it began it may be for good, though the database takes writes again. */
    let isReadOnly = false
    const release = (broken: boolean) => {
      if (!isHeld) return
      isHeld = false
      cuts.delete(cut)
      client.off?.("error", ignore)
      client.release(broken || isReadOnly)
    }
    // Thrown away in the middle of a statement it is destroyed, and the statement rejects.
    const cut = () => release(true)
    cuts.add(cut)
    // A connection that is lost between two statements tells so by an event, which would end the process unheard.
    client.on?.("error", ignore)
    return {
      async query(sql, parameters, isOften = false) {
        const values = [...parameters]
        try {
          const result = await (isOften ? runOften(client, sql, values) : client.query(sql, values))
          return result.rows as readonly Row[]
        } catch (error) {
          isReadOnly ||= isReadOnlyRefusal(error)
          throw error
        }
      },
      release,
    }
  }
  return {
    connect,
    ...createJoin(connect),
    cut() {
      isCut = true
      for (const cut of [...cuts]) cut()
      void opening?.then(({ abandon }) => abandon?.()).catch(ignore)
    },
    async disconnect() {
      const opened = opening
      opening = undefined
      const ending = opened?.then((use) => use.end())
      // Connections that were being made then only give up when their time is over.
      if (isCut) void ending?.catch(ignore)
      else await ending
      isCut = false
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
    keepAlive: true,
    keepAliveInitialDelayMillis: quietMs,
  })
  // An idle connection that is lost is replaced at its next use; without a listener it would end the process.
  pool.on("error", ignore)
  const clients = new Set<PoolClient>()
  pool.on("connect", (client) => {
    // The server may end it in the packet that says that it is ready, before whoever asked for it has it.
    client.on("error", ignore)
    clients.add(client)
  })
  pool.on("remove", (client) => void clients.delete(client))
  const abandon = () => {
    // They have said that they end, and nobody may ever hear it.
    for (const client of clients as ReadonlySet<{ unref?(): void }>) client.unref?.()
  }
  return { pool, end: () => pool.end(), abandon }
}

/** Opens a connection of our own to listen on, with `pg`. */
export async function openListeningClient(settings: {
  readonly url: string
  readonly connectTimeoutMs: number
}): Promise<ListeningClient> {
  const { Client } = await loadPg()
  const client = new Client({
    connectionString: settings.url,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    application_name: "inlay",
    // Nothing is said on it for hours, and a network may forget it meanwhile.
    keepAlive: true,
    keepAliveInitialDelayMillis: quietMs,
  })
  // Who listens on it listens for its end as well, but only from the next turn on; its next statement fails then.
  client.on("error", ignore)
  await client.connect()
  return client
}

/** Takes a connection of the host's pool to listen on. It is not used for anything else, so it does not go back. */
export async function takeListeningClient(pool: PoolLike): Promise<ListeningClient> {
  const client = await pool.connect()
  return {
    query: (text, values) => client.query(text, values),
    on: (event: "notification", listener: (message: { readonly payload?: string | undefined }) => void) =>
      client.on?.(event, listener),
    async end() {
      client.release(true)
    },
  } as ListeningClient
}

/** After so long without a word a connection is asked whether its other end is there; the system's own answer is hours. */
const quietMs = 30_000

const cutOff = "it has not answered, and was cut off"

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
