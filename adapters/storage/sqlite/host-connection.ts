import type { ConnectionSource, Row } from "../sql/connection.ts"
import { refuseTransaction } from "../sql/refuse-transaction.ts"
import { type SqliteDatabaseLike, toSqliteDriver } from "./driver.ts"

/** How often to look whether the host's transaction has ended. */
const lookMs = 1

/**
 * The connection of a database that the host opened on this thread, and uses itself. Its users take turns, and nobody's
 * turn begins while the host has a transaction open. Each turn begins in a task of its own and waits for nothing but this
 * database, so it is over before any code of the host runs that could begin a transaction. `waitMs` is for how long the
 * host may have one open.
 */
export function createHostConnection(database: SqliteDatabaseLike, waitMs = 5000): ConnectionSource {
  const driver = toSqliteDriver(database, () => {})
  let turn: Promise<void> = Promise.resolve()
  let isHeld = false

  async function queue(): Promise<() => void> {
    const before = turn
    let end = () => {}
    turn = new Promise((resolve) => {
      end = resolve
    })
    await before
    return end
  }

  async function takeTurn(): Promise<() => void> {
    const end = await queue()
    try {
      await new Promise((resolve) => setImmediate(resolve))
      const giveUpAt = performance.now() + waitMs
      while (isInTransaction(database)) {
        if (performance.now() >= giveUpAt) throw new Error(`Cannot use the SQLite database: ${leftOpen}`)
        await new Promise((resolve) => setTimeout(resolve, lookMs))
      }
    } catch (error) {
      end()
      throw error
    }
    isHeld = true
    return () => {
      isHeld = false
      end()
    }
  }

  return {
    async connect() {
      let endTurn: (() => void) | undefined
      return {
        async query(sql, parameters) {
          // A read is one statement: it waits for turns that are under way, and for no transaction of the host's.
          const isRead = endTurn === undefined && /^\s*select\b/i.test(sql)
          while (isRead && isHeld) await new Promise((resolve) => setImmediate(resolve))
          if (!isRead) endTurn ??= await takeTurn()
          return driver.query(sql, parameters)
        },
        release: () => endTurn?.(),
      }
    },
    async disconnect() {
      const end = await queue()
      driver.close()
      end()
    },
    join(transaction) {
      if (transaction !== database) throw refuseTransaction("it is not the database that the storage was given")
      return {
        async run(steps) {
          if (isHeld || !isInTransaction(database)) throw refuseTransaction("the database has no transaction open")
          const running = steps()
          let step = running.next([])
          while (!step.done)
            step = running.next(driver.query(step.value.sql, step.value.parameters as never) as readonly Row[])
          return step.value
        },
      }
    },
  }
}

const leftOpen = "the host has left a transaction open on it."

/** `node:sqlite` says so in its newer versions, `better-sqlite3` and `libsql` always; others are tried out. */
function isInTransaction(database: SqliteDatabaseLike & { isTransaction?: unknown; inTransaction?: unknown }): boolean {
  const { isTransaction = database.inTransaction } = database
  if (typeof isTransaction === "boolean") return isTransaction
  try {
    database.exec("begin")
  } catch {
    return true
  }
  database.exec("rollback")
  return false
}
