import { sql, type Transaction } from "kysely"
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

/**
 * Makes what writes steps down within a transaction; answers which ones it wrote, as `organisation/run/path`. The others
 * belong to a run that somebody else has claimed or that has ended, or have ended themselves: a step is written once.
 */
export function createStepWriting({
  kysely,
}: Database): (transaction: Transaction<Schema>, writes: readonly StepWrite[]) => Promise<ReadonlySet<string>> {
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
  const statements = createRowStatements((rows) =>
    sql`with given (organisation, run_id, fence, ${columns}) as (values ${sql.join(Array.from({ length: rows }, () => row))})
      insert into inlay_run_steps (organisation, run_id, ${columns})
      select organisation, run_id, ${columns} from given
      where exists (
        select 1 from inlay_runs
        where inlay_runs.organisation = given.organisation and inlay_runs.id = given.run_id
          and inlay_runs.fence = given.fence and inlay_runs.status in ('queued', 'running', 'waiting')
      )
      on conflict (organisation, run_id, path) do update set ${changes} where inlay_run_steps.status = 'waiting'
      returning organisation, run_id, path`.compile(kysely),
  )
  return async (transaction, writes) => {
    const written = new Set<string>()
    const rows = writes.map(({ organisation, runId, fence, step }) => [
      organisation,
      runId,
      fence,
      ...toStepValues(step),
    ])
    for (const query of statements(rows)) {
      const answer = await transaction.executeQuery<{ organisation: string; run_id: string; path: string }>(query)
      for (const { organisation, run_id, path } of answer.rows) written.add(`${organisation}/${run_id}/${path}`)
    }
    return written
  }
}
