import type { BigInteger } from "../column-types.ts"

/** The tables of what functions wrote, as Kysely sees them. */
export interface LogTables {
  inlay_logs: {
    organisation: string
    id: string
    at: BigInteger
    /** From 0 for `debug` to 3 for `error`. */
    level: number
    message: string
    /** The inside of a flat JSON object between two commas, `,"order":7,`, so that one field can be looked for; null without. */
    fields: string | null
    function_id: string
    function_name: string
    version: number
    invocation_id: string
    trace_id: string
    written_at: BigInteger
  }
}
