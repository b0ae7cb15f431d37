import { type Kysely, type RawBuilder, sql } from "kysely"
import type { Distribution, TimeRange } from "../../../src/model/metrics.ts"
import type { InvocationSummary } from "../../../src/ports/storage.ts"
import { toWholeRange } from "./bounds.ts"
import type { Schema } from "./schema.ts"

/** Counts and distributions of a function's invocations, taken from one state of the database. */
export function summarise(
  kysely: Kysely<Schema>,
  organisation: string,
  functionId: string,
  range: TimeRange,
): Promise<InvocationSummary> {
  const { from, to } = toWholeRange(range)
  const scope = sql`organisation = ${organisation} and function_id = ${functionId}
    and started_at >= ${from} and started_at < ${to}`
  return kysely
    .transaction()
    .setAccessMode("read only")
    .execute(async (transaction) => {
      const totals = await selectTotals(scope).execute(transaction)
      const total = totals.rows[0]
      const count = Number(total?.count ?? 0)
      if (total === undefined || count === 0) return emptySummary
      const found = await selectPercentiles(scope, count).execute(transaction)
      const percentiles = found.rows[0] ?? {}
      const distribution = (measure: Measure): Distribution => ({
        average: Number(total[measure]),
        p50: Number(percentiles[`${measure}_p50`]),
        p95: Number(percentiles[`${measure}_p95`]),
        p99: Number(percentiles[`${measure}_p99`]),
      })
      return {
        count,
        errors: Number(total.errors),
        coldStarts: Number(total.cold_starts),
        durationMs: distribution("duration_ms"),
        cpuMs: distribution("cpu_ms"),
        memoryBytes: distribution("memory_bytes"),
      }
    })
}

const measures = ["duration_ms", "cpu_ms", "memory_bytes"] as const
type Measure = (typeof measures)[number]
type Totals = Readonly<Record<"count" | "errors" | "cold_starts" | Measure, unknown>>

const none: Distribution = { average: 0, p50: 0, p95: 0, p99: 0 }
const emptySummary: InvocationSummary = {
  count: 0,
  errors: 0,
  coldStarts: 0,
  durationMs: none,
  cpuMs: none,
  memoryBytes: none,
}

function selectTotals(scope: RawBuilder<unknown>): RawBuilder<Totals> {
  const averages = measures.map((measure) => sql`avg(${sql.ref(measure)}) as ${sql.ref(measure)}`)
  return sql`
    select count(*) as count, sum(case when status = 'failed' then 1 else 0 end) as errors,
      sum(cold_start) as cold_starts, ${sql.join(averages)}
    from inlay_invocations where ${scope}`
}

/** Nearest rank: of n sorted values the one at ceil(p × n), counted from 1. Sorted from the end that is nearer. */
function selectPercentiles(scope: RawBuilder<unknown>, count: number): RawBuilder<Record<string, unknown>> {
  const values = measures.flatMap((measure) =>
    [50, 95, 99].map((percent) => {
      const rank = Math.ceil((percent * count) / 100)
      const [direction, offset] = percent > 50 ? [sql`desc`, count - rank] : [sql`asc`, rank - 1]
      return sql`(
        select ${sql.ref(measure)} from inlay_invocations where ${scope}
        order by ${sql.ref(measure)} ${direction} limit 1 offset ${offset}
      ) as ${sql.ref(`${measure}_p${percent}`)}`
    }),
  )
  return sql`select ${sql.join(values)}`
}
