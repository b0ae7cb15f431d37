import { CompiledQuery } from "kysely"
import type { ConnectionSource, JoinedConnection, JoinedStatement, Row } from "../sql/connection.ts"
import { refuseTransaction } from "../sql/refuse-transaction.ts"

type Query = (sql: string, parameters: readonly unknown[]) => Promise<readonly Row[]>

/** A transaction that Kysely gives to its callbacks. */
interface KyselyTransactionLike {
  readonly isTransaction: true
  executeQuery(query: CompiledQuery): Promise<{ readonly rows: readonly unknown[] }>
}

/**
 * Which tables a connection sees: of which server, which database and which schema. Each connection has a time zone of its
 * own, so the start of the server is told as a number.
 */
const placeQuery =
  "select concat_ws(' ', cast(extract(epoch from pg_postmaster_start_time()) * 1000 as bigint), current_database(), " +
  "to_regclass('inlay_jobs')::oid) as place"

/** Makes what joins transactions of the host's: those of a client of `pg`, and those of Kysely. */
export function createJoin(connect: ConnectionSource["connect"]): Required<Pick<ConnectionSource, "join" | "opened">> {
  let ownPlace: Promise<unknown> | undefined
  const readOwnPlace = async () => {
    const connection = await connect()
    try {
      return (await connection.query(placeQuery, []))[0]?.place
    } finally {
      connection.release(false)
    }
  }

  /** A server that was started again since is another place: only one that is read now tells that a transaction is elsewhere. */
  const isOwn = async (place: unknown) => {
    if (place === (await ownPlace?.catch(() => undefined))) return true
    ownPlace = readOwnPlace()
    return place === (await ownPlace)
  }

  /** What is under way in each transaction: savepoints of two calls must not cross. */
  const turns = new WeakMap<object, Promise<unknown>>()

  const join = (transaction: unknown): JoinedConnection => {
    const query = toQuery(transaction)
    const key = transaction as object

    async function runAlone<Result>(steps: Steps<Result>): Promise<Result> {
      await query("savepoint inlay", []).catch(failToBegin)
      try {
        if (!(await isOwn((await query(placeQuery, []))[0]?.place))) {
          throw refuseTransaction("it is one of another database or schema than the storage's")
        }
        const running = steps()
        let step = running.next([])
        while (!step.done) step = running.next(await query(step.value.sql, step.value.parameters))
        await query("release savepoint inlay", [])
        return step.value
      } catch (error) {
        // The host's transaction goes on as if nothing had been asked for.
        await query("rollback to savepoint inlay", []).catch(() => {})
        throw error
      }
    }

    return {
      run(steps) {
        const turn = (turns.get(key) ?? Promise.resolve()).then(() => runAlone(steps))
        const ended = turn.catch(() => {})
        turns.set(key, ended)
        return turn
      },
    }
  }

  return {
    join,
    async opened() {
      ownPlace = readOwnPlace()
      await ownPlace
    },
  }
}

type Steps<Result> = () => Generator<JoinedStatement, Result, readonly Row[]>

function toQuery(transaction: unknown): Query {
  if (isKyselyTransaction(transaction)) {
    return async (sql, parameters) =>
      (await transaction.executeQuery(CompiledQuery.raw(sql, [...parameters]))).rows as readonly Row[]
  }
  const client = transaction as {
    query?(sql: string, parameters: unknown[]): Promise<{ rows: readonly unknown[] }>
  } | null
  if (typeof client !== "object" || typeof client?.query !== "function") {
    throw refuseTransaction("it is neither a client of pg nor a transaction of Kysely")
  }
  return async (sql, parameters) => ((await client.query?.(sql, [...parameters]))?.rows ?? []) as readonly Row[]
}

function isKyselyTransaction(transaction: unknown): transaction is KyselyTransactionLike {
  return (
    typeof transaction === "object" &&
    transaction !== null &&
    "isTransaction" in transaction &&
    transaction.isTransaction === true &&
    "executeQuery" in transaction &&
    typeof transaction.executeQuery === "function"
  )
}

/** Out of a transaction there are no savepoints, so nothing is written on the side. */
function failToBegin(error: unknown): never {
  const isOutside = error instanceof Error && "code" in error && error.code === "25P01"
  throw isOutside ? refuseTransaction("no transaction is open on the client") : error
}
