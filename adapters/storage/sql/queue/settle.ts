import { sql, type Transaction } from "kysely"
import { gatesOf, passedForGood } from "../../../../src/model/flow.ts"
import type { Lease } from "../../../../src/model/job.ts"
import type { Queue, Settlement } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import type { GivenColumns } from "../engine.ts"
import { createGroup } from "../group.ts"
import { heldUp } from "../held-up.ts"
import { toJsonRows } from "../json-rows.ts"
import { createOften } from "../often.ts"
import { createPatientGroup } from "../patient-group.ts"
import type { Schema } from "../schema.ts"
import { byJob } from "./by-job.ts"
import { holdLanes } from "./lane-locks.ts"
import type { OpenPassage, Passage } from "./passage.ts"

/** What one commit carries at most. */
const maxGroup = 256

type Group = readonly Settlement[]

/** Makes what settles leases. Those of jobs that have no flow take one statement; the others give back their places. */
export function createSettle(database: Database, openPassage: OpenPassage): Queue["settle"] {
  const { kysely, engine } = database
  const update = createOften<{ readonly json: string }>(
    kysely,
    (slot) => sql`
      update inlay_jobs set
        status = given.status,
        payload = coalesce(given.payload, inlay_jobs.payload),
        run_at = case when inlay_jobs.hastened_to < given.run_at then inlay_jobs.hastened_to
          else coalesce(given.run_at, inlay_jobs.run_at) end,
        attempt = inlay_jobs.attempt - 1 + given.counted,
        attempts = given.attempts,
        result = given.result,
        error = given.error,
        error_code = given.error_code,
        lease_until = null,
        updated_at = given.at,
        passed = given.passed
      from ${engine.given(slot("json"), columns)}
      where inlay_jobs.organisation = given.organisation and inlay_jobs.id = given.id
        and inlay_jobs.token = given.token and inlay_jobs.status = 'running'
      returning inlay_jobs.organisation as organisation, inlay_jobs.id as id, inlay_jobs.token as token,
        inlay_jobs.flow is not null as flows`,
  )

  /** Answers those that were not heard; hears of organisations whose jobs had flows. */
  async function write(
    executor: Database["kysely"] | Transaction<Schema>,
    settlements: Group,
    texts = toTexts(settlements),
    flowing = new Set<string>(),
  ): Promise<Set<Lease>> {
    const lost = new Map(settlements.map(({ lease }) => [toName({ ...lease.job, token: lease.token }), lease]))
    for (const json of texts) {
      const { rows } = await executor.executeQuery<Named & { readonly flows: boolean | number }>(update({ json }))
      for (const row of rows) {
        lost.delete(toName(row))
        if (row.flows) flowing.add(row.organisation)
      }
    }
    return new Set(lost.values())
  }

  /** Gives back the places of jobs whose flow could not be read when they were leased. */
  const recount = (organisations: ReadonlySet<string>, now: number) =>
    kysely.transaction().execute(async (transaction) => {
      await holdLanes(transaction, engine, organisations)
      const passage = openPassage(transaction, now)
      for (const organisation of organisations) await passage.recount(organisation)
      await passage.close()
    })

  const settlePlain = createGroup<Group, readonly Lease[]>(async (groups) => {
    const settlements = groups.flat()
    const texts = toTexts(settlements)
    const unread = new Set<string>()
    // One statement is a transaction of its own.
    const lost =
      texts.length === 1
        ? await write(kysely, settlements, texts, unread)
        : await kysely.transaction().execute((transaction) => write(transaction, settlements, texts, unread))
    if (unread.size > 0) await recount(unread, Math.max(...settlements.map(({ at }) => at)))
    return groups.map((group) => lostOf(group, lost))
  }, maxGroup)

  const settleFlowing = createPatientGroup<Group, readonly Lease[]>(database, {
    maxItems: maxGroup,
    async write(transaction, groups) {
      const settlements = groups.flat()
      await holdLanes(
        transaction,
        engine,
        settlements.map(({ lease }) => lease.job.organisation),
      )
      const passage = openPassage(transaction, Math.max(...settlements.map(({ at }) => at)))
      const lost = await write(transaction, settlements)
      for (const settlement of settlements) {
        if (!lost.has(settlement.lease)) await leavePlaces(transaction, passage, settlement)
      }
      await passage.close()
      return groups.map((group) => lostOf(group, lost))
    },
    keysOf: (group) => group.map(({ lease }) => lease.job.organisation),
    toError(group, ms, cause) {
      const by = "has locked the lanes of its organisation"
      return heldUp(`settle "${group[0]?.lease.job.id}"`, by, ms, cause)
    },
  })

  return async (settlements) => {
    const plain = settlements.filter(({ lease }) => lease.job.flow === null)
    const flowing = settlements.filter(({ lease }) => lease.job.flow !== null)
    const lost = await Promise.all([
      plain.length > 0 ? settlePlain(plain) : [],
      flowing.length > 0 ? settleFlowing(flowing) : [],
    ])
    return lost.flat()
  }
}

interface Named {
  readonly organisation: string
  readonly id: string
  readonly token: number
}

function toName({ organisation, id, token }: Named): string {
  return `${organisation}/${id}/${token}`
}

function lostOf(group: Group, lost: ReadonlySet<Lease>): readonly Lease[] {
  return group.flatMap(({ lease }) => (lost.has(lease) ? [lease] : []))
}

/** Gives back the places that the job had; what it did with others, or for others, is done for these too. */
async function leavePlaces(transaction: Transaction<Schema>, passage: Passage, settlement: Settlement): Promise<void> {
  const { organisation, id, flow } = settlement.lease.job
  if (flow === null) return
  await passage.leave({ organisation, flow, passed: gatesOf(flow).length, lane: null })
  if (flow.gathering === null || settlement.outcome === "again") return
  if (settlement.outcome === "cancelled") return await passage.regather(organisation, id, flow)
  await sql`
    update inlay_jobs set (status, attempt, attempts, result, error, error_code, updated_at) = (
      select status, attempt, attempts, result, error, error_code, updated_at from inlay_jobs as leader
      where leader.organisation = ${organisation} and leader.id = ${id}
    )
    where organisation = ${organisation} and leader_id = ${id} and leader_id is not null and status = 'held'`.execute(
    transaction,
  )
}

const columns: GivenColumns = {
  organisation: "text",
  id: "text",
  token: "integer",
  status: "text",
  payload: "text",
  run_at: "bigint",
  counted: "integer",
  attempts: "text",
  result: "text",
  error: "text",
  error_code: "text",
  at: "bigint",
  passed: "integer",
}

/** Rows are changed in one order by all. */
function toTexts(settlements: Group): readonly string[] {
  return toJsonRows([...settlements].sort((one, other) => byJob(one.lease, other.lease)).map(toRow))
}

function toRow(settlement: Settlement) {
  const { lease, outcome, attempt, at } = settlement
  const { organisation, id } = lease.job
  const counts = outcome !== "again" || (attempt !== null && attempt.faults === undefined)
  const others = lease.job.attempts.filter(({ faults }) => faults === undefined || attempt?.faults === undefined)
  const attempts = attempt ? [...others, attempt] : others
  const error = "error" in settlement ? settlement.error : attempt?.error
  return {
    organisation,
    id,
    token: lease.token,
    status: outcome === "again" ? "delayed" : outcome,
    payload: outcome === "again" ? (settlement.payload ?? null) : null,
    run_at: outcome === "again" ? Math.round(settlement.runAt) : null,
    counted: counts ? 1 : 0,
    attempts: JSON.stringify(attempts),
    result: outcome === "succeeded" ? settlement.result : null,
    error: error ? JSON.stringify(error) : null,
    error_code: error?.code ?? null,
    at: Math.round(at),
    passed: lease.job.flow === null ? 0 : passedForGood(lease.job.flow),
  }
}
