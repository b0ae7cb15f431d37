import { sql } from "kysely"
import { toWhole } from "./bounds.ts"
import type { Database } from "./database.ts"
import type { Schema } from "./schema.ts"

/**
 * Removes the oldest rows of all organisations whose `time` is before the moment, at most `limit`, and answers how many: in
 * one statement, which is one flush of the disk. An index MUST have them in the order of `time`.
 */
export async function expireRows(
  kysely: Database["kysely"],
  table: keyof Schema & `inlay_${string}`,
  {
    time,
    before,
    limit,
    id = "id",
  }: {
    readonly time: string
    /** Epoch milliseconds. */
    readonly before: number
    readonly limit: number
    /** The column that tells the rows of an organisation apart. */
    readonly id?: string
  },
): Promise<number> {
  const [rows, key] = [sql.table(table), sql.join([sql.ref("organisation"), sql.ref(id)])]
  const removed = await sql`
    delete from ${rows} where (${key}) in (
      select ${key} from ${rows} where ${sql.ref(time)} < ${toWhole(before)} order by ${sql.ref(time)} limit ${limit}
    )
    returning ${sql.ref(id)}`.execute(kysely)
  return removed.rows.length
}
