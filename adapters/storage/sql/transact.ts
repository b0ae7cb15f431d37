import type { CompiledQuery, Kysely } from "kysely"
import type { ConnectionSource, Row } from "./connection.ts"
import { toParameters } from "./kysely-driver.ts"
import type { Schema } from "./schema.ts"

/** Runs statements that do not depend on what the ones before answer, in one transaction: all of them, or none. */
export type Transact = (queries: readonly CompiledQuery[]) => Promise<readonly (readonly Row[])[]>

/** Makes it: by one message where the connections take it so, for each is a way to another thread and back. */
export function createTransact(kysely: Kysely<Schema>, { transact }: ConnectionSource): Transact {
  if (transact) {
    return (queries) => transact(queries.map(({ sql, parameters }) => ({ sql, parameters: toParameters(parameters) })))
  }
  return (queries) =>
    kysely.transaction().execute(async (transaction) => {
      const results: (readonly Row[])[] = []
      for (const query of queries) results.push((await transaction.executeQuery<Row>(query)).rows)
      return results
    })
}
