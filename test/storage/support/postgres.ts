import { PGlite } from "@electric-sql/pglite"
import pg from "pg"
import { afterAll, beforeAll } from "vitest"
import { createPoolConnections, type PoolLike } from "../../../adapters/storage/postgres/pool.ts"
import { postgres } from "../../../adapters/storage/postgres.ts"
import type { ConnectionSource } from "../../../adapters/storage/sql/connection.ts"
import type { Storage } from "../../../src/ports/storage.ts"
import { newId } from "../../../src/util/id.ts"

/** A schema of its own in PostgreSQL, for the tests of one file. */
export interface PostgresSubject {
  /** Null on PGlite, which nobody else can connect to. */
  readonly url: string | null
  /** A storage that connects itself, or, on PGlite, through a pool. */
  createStorage(): Storage
  /** A pool over the schema, closed after the tests. */
  readonly pool: PoolLike
  createConnections(): ConnectionSource
}

const serverUrl = process.env.INLAY_TEST_POSTGRES_URL

/** Whether the tests run on a real server. */
export const onServer: boolean = serverUrl !== undefined

/**
 * Prepares a throw-away schema on the server of `INLAY_TEST_POSTGRES_URL`, or a PGlite where that is not set. In
 * continuous integration a server is a must.
 */
export function preparePostgres(): PostgresSubject {
  if (serverUrl !== undefined) return prepareServer(serverUrl)
  if (process.env.CI) {
    throw new Error("Cannot test PostgreSQL: INLAY_TEST_POSTGRES_URL is not set, and in CI it must be")
  }
  return preparePglite()
}

function prepareServer(server: string): PostgresSubject {
  const schema = `inlay_test_${newId(Date.now()).replaceAll("-", "_")}`
  const url = new URL(server)
  url.searchParams.set("options", `-c search_path=${schema}`)
  url.searchParams.set("application_name", schema)
  const admin = new pg.Pool({ connectionString: server, max: 1 })
  const pool = new pg.Pool({ connectionString: url.href, max: 5 })
  beforeAll(async () => {
    await admin.query(`create schema ${schema}`)
  })
  afterAll(async () => {
    await pool.end()
    await admin.query(`drop schema ${schema} cascade`)
    await admin.end()
  })
  return {
    url: url.href,
    createStorage: () => postgres(url.href),
    pool,
    createConnections: () => createPoolConnections(async () => ({ pool, end: async () => {} })),
  }
}

function preparePglite(): PostgresSubject {
  let database: PGlite | undefined
  let turn: Promise<void> = Promise.resolve()
  beforeAll(async () => {
    database = await PGlite.create()
  })
  afterAll(async () => {
    await database?.close()
  })
  // PGlite has one connection, so its users take turns.
  const pool: PoolLike = {
    async connect() {
      const before = turn
      let release = (): void => {}
      turn = new Promise((resolve) => {
        release = resolve
      })
      await before
      const connected = database
      if (connected === undefined) throw new Error("Cannot connect to PGlite: it is not open")
      return { query: (text, values) => connected.query(text, values), release: () => release() }
    },
  }
  return {
    url: null,
    createStorage: () => postgres(pool),
    pool,
    createConnections: () => createPoolConnections(async () => ({ pool, end: async () => {} })),
  }
}
