import { type CompiledQuery, type Kysely, sql, type Transaction } from "kysely"
import type { StepRow } from "../../../src/ports/pipeline-storage.ts"
import type { Database } from "./database.ts"
import { createRowStatements } from "./row-statements.ts"
import type { Schema } from "./schema.ts"
import { stepColumns, toStepValues } from "./step-row.ts"

/** A step to be written down. */
export interface StepWrite {
  readonly organisation: string
  readonly runId: string
  readonly fence: number
  readonly step: StepRow
}

/** Writes steps down; within a transaction, where one is given. */
export type WriteSteps = (
  writes: readonly StepWrite[],
  transaction?: Transaction<Schema>,
) => Promise<ReadonlySet<string>>

/**
 * Makes what writes steps down, all or none; answers which ones it wrote, as `organisation/run/path`. The others belong to a
 * run that somebody else has claimed or that has ended, or have ended themselves: a step is written once.
 */
export function createStepWriting({ kysely }: Database): WriteSteps {
  const names = Object.keys(stepColumns)
  const types = ["text", "text", "integer", ...Object.values(stepColumns)]
  const row = sql`(${sql.join(types.map((type) => sql`cast(${null} as ${sql.raw(type)})`))})`
  const columns = sql.raw(names.join(", "))
  const changes = sql.raw(
    names
      .filter((name) => name !== "path")
      .map((name) => `${name} = excluded.${name}`)
      .join(", "),
  )
  const compile = (rows: number) =>
    sql`with given (organisation, run_id, fence, ${columns}) as (values ${sql.join(Array.from({ length: rows }, () => row))})
      insert into inlay_run_steps (organisation, run_id, ${columns})
      select organisation, run_id, ${columns} from given
      where exists (
        select 1 from inlay_runs
        where inlay_runs.organisation = given.organisation and inlay_runs.id = given.run_id
          and inlay_runs.fence = given.fence and inlay_runs.status in ('queued', 'running', 'waiting')
      )
      on conflict (organisation, run_id, path) do update set ${changes} where inlay_run_steps.status = 'waiting'
      returning organisation, run_id, path`.compile(kysely)
  const statements = createRowStatements(compile, true)

  async function execute(queries: readonly CompiledQuery[], on: Kysely<Schema>): Promise<ReadonlySet<string>> {
    const written = new Set<string>()
    for (const query of queries) {
      const answer = await on.executeQuery<{ organisation: string; run_id: string; path: string }>(query)
      for (const { organisation, run_id, path } of answer.rows) written.add(`${organisation}/${run_id}/${path}`)
    }
    return written
  }

  return async (writes, transaction) => {
    const rows = writes.map(({ organisation, runId, fence, step }) => [
      organisation,
      runId,
      fence,
      ...toStepValues(step),
    ])
    const queries = statements(rows)
    if (transaction) return execute(queries, transaction)
    // One statement commits by itself: the step that waits for it need not wait for a beginning and an end as well.
    if (queries.length === 1) return execute(queries, kysely)
    return kysely.transaction().execute((own) => execute(queries, own))
  }
}
