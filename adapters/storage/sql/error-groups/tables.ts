import type { ErrorCode } from "../../../../src/errors/table.ts"
import type { ErrorGroupStatus } from "../../../../src/model/error-group.ts"
import type { BigInteger, Json, NullableBigInteger } from "../column-types.ts"

/** The tables of error groups, as Kysely sees them. */
export interface ErrorGroupTables {
  inlay_error_groups: {
    organisation: string
    id: string
    function_id: string
    function_name: string
    code: ErrorCode
    name: string
    message: string
    status: ErrorGroupStatus
    count: BigInteger
    first_at: BigInteger
    first_version: number
    last_at: BigInteger
    last_version: number
    last: Json
    resolved_at: NullableBigInteger
    resolved_by: string | null
    /** The newest version that had failed so when it was resolved. */
    resolved_version: number | null
    regressed_at: NullableBigInteger
  }
  inlay_error_batches: {
    organisation: string
    id: string
    added_at: BigInteger
  }
}
