import { type RawBuilder, sql } from "kysely"
import type { PipelineStore } from "../../../src/ports/pipeline-storage.ts"
import type { SqlValue } from "./connection.ts"
import type { Database } from "./database.ts"
import { createOften } from "./often.ts"
import { sampleJobRow, toNewRow } from "./queue/job-row.ts"
import { toRunColumns } from "./run-row.ts"

type OwnRunEntries = Pick<PipelineStore, "beginRun" | "completeRun">

/** Runs and their jobs, written together: each beginning and each end is one commit, and one flush of the disk. */
export function createOwnRunEntries(database: Database): OwnRunEntries {
  const insert = database.engine.changesInWith ? insertAtOnce(database) : insertInTurn(database)
  const end = database.engine.changesInWith ? endAtOnce(database) : endInTurn(database)
  return {
    async beginRun(job, run) {
      const values: Record<string, SqlValue> = {}
      const row = toNewRow(job, { status: "running", turn: 0 })
      for (const [index, column] of jobColumns.entries()) values[`job_${column}`] = row[index] ?? null
      await insert({ ...values, ...toRunColumns(run), fence: 1 })
      return { run, fence: 1, steps: [] }
    },
    async completeRun({ job: { organisation, id }, token }, fence, { status, output, error, endedAt }) {
      const { ended, settled } = await end({
        ...{ organisation, id, token, fence, status, output },
        error: error === null ? null : JSON.stringify(error),
        endedAt: Math.round(endedAt),
      })
      if (!ended) return false
      return settled ? "settled" : "written"
    },
  }
}

type Slot<Values> = (name: keyof Values & string) => RawBuilder<never>

type Beginning = Readonly<Record<string, SqlValue>>

const jobColumns = Object.keys(sampleJobRow)
const runColumns: readonly (keyof ReturnType<typeof toRunColumns> | "fence")[] = [
  "organisation",
  "id",
  "pipeline",
  "status",
  "definition",
  "surroundings",
  "input",
  "output",
  "error",
  "trace_id",
  "origin_id",
  "started_at",
  "ended_at",
  "fence",
]

function insertJob(slot: Slot<Beginning>): RawBuilder<unknown> {
  const values = sql.join(jobColumns.map((column) => slot(`job_${column}`)))
  return sql`insert into inlay_jobs (${sql.raw(jobColumns.join(", "))}) values (${values})`
}

function insertRun(slot: Slot<Beginning>): RawBuilder<unknown> {
  return sql`insert into inlay_runs (${sql.raw(runColumns.join(", "))}) values (${sql.join(runColumns.map(slot))})`
}

function insertAtOnce({ kysely }: Database): (values: Beginning) => Promise<unknown> {
  const query = createOften<Beginning>(kysely, (slot) => sql`with job as (${insertJob(slot)}) ${insertRun(slot)}`)
  return (values) => kysely.executeQuery(query(values))
}

function insertInTurn({ kysely, transact }: Database): (values: Beginning) => Promise<unknown> {
  const queries = [createOften(kysely, insertJob), createOften(kysely, insertRun)]
  return (values) => transact(queries.map((query) => query(values)))
}

type Ending = Record<"organisation" | "id" | "status", string> &
  Record<"token" | "fence" | "endedAt", number> &
  Record<"output" | "error", string | null>
type EndRun = (values: Ending) => Promise<{ readonly ended: boolean; readonly settled: boolean }>

function endRun(slot: Slot<Ending>): RawBuilder<unknown> {
  return sql`update inlay_runs
    set status = ${slot("status")}, output = ${slot("output")}, error = ${slot("error")}, ended_at = ${slot("endedAt")}
    where organisation = ${slot("organisation")} and id = ${slot("id")} and fence = ${slot("fence")}
      and status in ('queued', 'running', 'waiting')
    returning id`
}

/** What ends under a later lease is told to those who wait elsewhere, and a flow gives places back: the queue does both. */
function settleJob(slot: Slot<Ending>, isEnded: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`update inlay_jobs
    set status = 'succeeded', result = null, error = null, error_code = null, lease_until = null,
      updated_at = ${slot("endedAt")}
    where organisation = ${slot("organisation")} and id = ${slot("id")} and token = ${slot("token")} and token = 1
      and status = 'running' and flow is null and ${isEnded}
    returning id`
}

function endAtOnce({ kysely }: Database): EndRun {
  const query = createOften<Ending>(
    kysely,
    (slot) => sql`
      with ended as (${endRun(slot)}), settled as (${settleJob(slot, sql`exists (select 1 from ended)`)})
      select (select count(*) from ended) as ended, (select count(*) from settled) as settled`,
  )
  return async (values) => {
    const { rows } = await kysely.executeQuery<Record<"ended" | "settled", unknown>>(query(values))
    return { ended: Number(rows[0]?.ended) > 0, settled: Number(rows[0]?.settled) > 0 }
  }
}

function endInTurn({ kysely, transact }: Database): EndRun {
  // The fence grows with every claim, and nothing ends twice: what has ended under it the statement before has ended.
  const isEnded = (slot: Slot<Ending>) => sql`exists (
    select 1 from inlay_runs where organisation = ${slot("organisation")} and id = ${slot("id")}
      and fence = ${slot("fence")} and ended_at is not null
  )`
  const queries = [
    createOften<Ending>(kysely, endRun),
    createOften<Ending>(kysely, (slot) => settleJob(slot, isEnded(slot))),
  ]
  return async (values) => {
    const [ended = [], settled = []] = await transact(queries.map((query) => query(values)))
    return { ended: ended.length > 0, settled: settled.length > 0 }
  }
}
