import { createHash } from "node:crypto"

type Answer = Promise<{ readonly rows: readonly unknown[] }>

/** What statements run on. */
interface Client {
  query(text: string, values: unknown[]): Answer
}

/** Runs a statement of the storage that is asked for again and again, on whatever connection there is. */
export type RunOften = (client: Client, sql: string, values: unknown[]) => Answer

/** What is known of a connection. */
interface Connection {
  /** Whether it may keep statements; unknown before it is asked whether it leads straight to the server. */
  mayKeep?: boolean
  /** When the time began in which statements are counted. */
  since: number
  /** Statements since then. */
  count: number
  /** Whether statements go by their names until that time is over. */
  byName: boolean
  /** Whether any ever did. */
  hasNames: boolean
}

/** A connection of `pg`, which sends the text along with a name that the server does not know yet. */
interface NamingClient {
  query(query: { name: string; text: string; values: unknown[] }): Answer
  /** What the other end says that it is. */
  readonly processID?: number | null
}

/** A plan is made for the tables as they are: after so long it is made anew, because they may be a thousand times as large. */
const freshMs = 2000

/** So many statements in that time, and it pays to keep their plans for the rest of it. */
const paysFrom = 5

/**
 * Makes what has statements stay prepared on busy connections, whose server then neither reads nor plans them each time.
 * `mayKeep` says on which: "direct" means those that lead straight to the server. Behind a pooler each statement may run on
 * another connection of the server, where nobody has prepared it. `now` counts milliseconds from anywhere.
 */
export function createRunOften(mayKeep: boolean | "direct", now: () => number = () => performance.now()): RunOften {
  const connections = new WeakMap<Client, Connection>()
  const names = new Map<string, string>()

  /** The text alone decides, so that a name never stands for another statement. */
  function toName(sql: string): string {
    const known = names.get(sql)
    if (known !== undefined) return known
    const name = `inlay_${createHash("sha256").update(sql).digest("hex").slice(0, 24)}`
    names.set(sql, name)
    return name
  }

  async function beginNames(client: Client, connection: Connection): Promise<void> {
    connection.mayKeep ??= mayKeep === true || (await isDirect(client))
    if (!connection.mayKeep) return
    if (connection.hasNames) await client.query("discard plans", [])
    connection.hasNames = true
    connection.byName = true
  }

  return async (client, sql, values) => {
    if (mayKeep === false) return await client.query(sql, values)
    let connection = connections.get(client)
    if (!connection) {
      connection = { since: Number.NEGATIVE_INFINITY, count: 0, byName: false, hasNames: false }
      connections.set(client, connection)
    }
    const at = now()
    if (at - connection.since >= freshMs) Object.assign(connection, { since: at, count: 0, byName: false })
    connection.count += 1
    if (connection.count === paysFrom) await beginNames(client, connection)
    if (!connection.byName) return await client.query(sql, values)
    try {
      return await (client as unknown as NamingClient).query({ name: toName(sql), text: sql, values })
    } catch (error) {
      if (!isOfNames(error)) throw error
      Object.assign(connection, { mayKeep: false, byName: false })
      // Nothing was done. In a transaction the next statement would be refused whatever it is, which says less.
      return await client.query(sql, values).catch((second) => {
        throw isRefused(second) ? error : second
      })
    }
  }
}

/**
 * Whether the server minds the name and not the statement: somebody has removed it or given it away, as a pooler does that
 * was taken for the server, or a migration has changed a type that it returns. `pg` would go on with such a name for good.
 */
function isOfNames(error: unknown): boolean {
  const code = codeOf(error)
  return code === "26000" || code === "42P05" || code === "0A000"
}

function isRefused(error: unknown): boolean {
  return codeOf(error) === "25P02"
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined
}

/** A pooler gives its clients numbers of its own. */
async function isDirect(client: Client): Promise<boolean> {
  const { rows } = await client.query("select pg_backend_pid() as id", [])
  return (rows[0] as { readonly id: unknown } | undefined)?.id === (client as unknown as NamingClient).processID
}
