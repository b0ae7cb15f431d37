import { type Selectable, sql, type Transaction } from "kysely"
import type { ErrorGroup } from "../../../../src/model/error-group.ts"
import type { ErrorGroupStore, ErrorOccurrences } from "../../../../src/ports/error-group-storage.ts"
import type { Database } from "../database.ts"
import type { GivenColumns } from "../engine.ts"
import { expireRows } from "../expire-rows.ts"
import { toJsonRows } from "../json-rows.ts"
import { toPage } from "../page.ts"
import type { Schema } from "../schema.ts"

type GroupRow = Selectable<Schema["inlay_error_groups"]>

const columns: GivenColumns = {
  ...{ organisation: "text", id: "text", function_id: "text", function_name: "text", code: "text", name: "text" },
  ...{ message: "text", status: "text", count: "bigint", first_at: "bigint", first_version: "integer" },
  ...{ last_at: "bigint", last_version: "integer", last: "text" },
}
const names = sql.raw(Object.keys(columns).join(", "))
const regresses = sql.raw("g.status = 'resolved' and excluded.last_version > g.resolved_version")

/** Failures, grouped. */
export function createErrorGroupStore({ kysely, engine }: Database): ErrorGroupStore {
  async function find(organisation: string, id: string): Promise<ErrorGroup | null> {
    const row = await kysely
      .selectFrom("inlay_error_groups")
      .selectAll()
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .executeTakeFirst()
    return row === undefined ? null : toGroup(row)
  }

  /** Those that have a group, or may have one of their own; all others as what `toOther` makes of them. */
  async function admit(
    transaction: Transaction<Schema>,
    organisation: string,
    given: readonly ErrorOccurrences[],
    maxGroups: number,
    toOther: (occurrences: ErrorOccurrences) => ErrorOccurrences,
  ): Promise<readonly ErrorOccurrences[]> {
    const known = async () => {
      const rows = await transaction
        .selectFrom("inlay_error_groups")
        .select("id")
        .where("organisation", "=", organisation)
        .where(
          "id",
          "in",
          given.map(({ id }) => id),
        )
        .execute()
      return new Set(rows.map(({ id }) => id))
    }
    if ((await known()).size === given.length) return given
    // Two who add their first failures at a time would both see that there is room.
    await engine.lock(transaction, `error groups:${organisation}`)
    const counted = await transaction
      .selectFrom("inlay_error_groups")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("organisation", "=", organisation)
      .executeTakeFirstOrThrow()
    let room = maxGroups - Number(counted.count)
    const ids = await known()
    return given.map((one) => (ids.has(one.id) || room-- > 0 ? one : toOther(one)))
  }

  return {
    async add({ id, occurrences, at }, maxGroups, toOther) {
      const [first] = occurrences
      if (first === undefined) return
      const byOrganisation = new Map<string, ErrorOccurrences[]>()
      for (const one of occurrences) {
        const others = byOrganisation.get(one.organisation)
        if (others) others.push(one)
        else byOrganisation.set(one.organisation, [one])
      }
      await kysely.transaction().execute(async (transaction) => {
        const isNew = await transaction
          .insertInto("inlay_error_batches")
          .values({ organisation: first.organisation, id, added_at: Math.floor(at) })
          .onConflict((conflict) => conflict.doNothing())
          .returning("id")
          .executeTakeFirst()
        if (!isNew) return
        const rows: Record<string, string | number | null>[] = []
        // In one order, here and below: two who add the same groups would else wait for one another.
        for (const organisation of [...byOrganisation.keys()].sort()) {
          const given = byOrganisation.get(organisation) ?? []
          for (const one of await admit(transaction, organisation, given, maxGroups, toOther)) rows.push(toRow(one))
        }
        rows.sort((a, b) => (toKey(a) < toKey(b) ? -1 : 1))
        // A statement may change a row once.
        for (const part of splitEqual(rows)) {
          for (const text of toJsonRows(part)) {
            await sql`
              insert into inlay_error_groups as g (${names})
              select ${names} from ${engine.given(text, columns)} where true
              on conflict (organisation, id) do update set
                count = g.count + excluded.count,
                first_at = case when excluded.first_at < g.first_at then excluded.first_at else g.first_at end,
                first_version = case when excluded.first_at < g.first_at then excluded.first_version else g.first_version end,
                last_at = case when excluded.last_at > g.last_at then excluded.last_at else g.last_at end,
                last = case when excluded.last_at >= g.last_at then excluded.last else g.last end,
                last_version =
                  case when excluded.last_version > g.last_version then excluded.last_version else g.last_version end,
                status = case when ${regresses} then 'regressed' else g.status end,
                regressed_at = case when ${regresses} then excluded.last_at else g.regressed_at end`.execute(
              transaction,
            )
          }
        }
      })
    },

    find,

    async list(organisation, { functionId, status, code }, { limit, cursor }) {
      const [, at = "", id = ""] = /^(\d{1,15})~(.*)$/.exec(cursor ?? "") ?? []
      const rows = await kysely
        .selectFrom("inlay_error_groups")
        .selectAll()
        .where("organisation", "=", organisation)
        .$if(functionId !== undefined, (query) => query.where("function_id", "=", functionId ?? ""))
        .$if(status !== undefined, (query) => query.where("status", "=", status ?? "open"))
        .$if(code !== undefined, (query) => query.where("code", "=", code ?? "FN_004"))
        .$if(cursor !== undefined, (query) => query.where(sql<boolean>`(last_at, id) < (${Number(at)}, ${id})`))
        .orderBy("last_at", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toGroup, (row) => `${row.last_at}~${row.id}`)
    },

    async resolve(organisation, id, actor, at) {
      await sql`
        update inlay_error_groups set status = 'resolved', resolved_at = ${Math.floor(at)}, resolved_by = ${actor},
          resolved_version = last_version
        where organisation = ${organisation} and id = ${id} and status <> 'resolved'`.execute(kysely)
      return await find(organisation, id)
    },

    async reopen(organisation, id) {
      await sql`
        update inlay_error_groups set status = 'open', resolved_at = null, resolved_by = null, resolved_version = null
        where organisation = ${organisation} and id = ${id}`.execute(kysely)
      return await find(organisation, id)
    },

    expire: (lastBefore, limit) =>
      expireRows(kysely, "inlay_error_groups", { time: "last_at", before: lastBefore, limit }),

    expireBatches: (before, limit) => expireRows(kysely, "inlay_error_batches", { time: "added_at", before, limit }),
  }
}

type Given = Readonly<Record<string, string | number | null>>

function toKey({ organisation, id }: Given): string {
  return `${organisation}/${id}`
}

/** Sorted rows as lists in which each key stands once: what became one of the others may stand beside it. */
function splitEqual(rows: readonly Given[]): readonly (readonly Given[])[] {
  const parts: Given[][] = []
  let depth = 0
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1]
    depth = before !== undefined && toKey(before) === toKey(row) ? depth + 1 : 0
    const part = parts[depth]
    if (part) part.push(row)
    else parts[depth] = [row]
  }
  return parts
}

function toRow(one: ErrorOccurrences): Given {
  return {
    organisation: one.organisation,
    id: one.id,
    function_id: one.functionId,
    function_name: one.functionName,
    code: one.code,
    name: one.name,
    message: one.message,
    status: "open",
    count: one.count,
    first_at: Math.floor(one.firstAt),
    first_version: one.firstVersion,
    last_at: Math.floor(one.lastAt),
    last_version: one.lastVersion,
    last: JSON.stringify(one.last),
  }
}

function toGroup(row: GroupRow): ErrorGroup {
  return {
    organisation: row.organisation,
    id: row.id,
    functionId: row.function_id,
    functionName: row.function_name,
    code: row.code,
    name: row.name,
    message: row.message,
    status: row.status,
    count: Number(row.count),
    firstAt: Number(row.first_at),
    firstVersion: row.first_version,
    lastAt: Number(row.last_at),
    lastVersion: row.last_version,
    last: JSON.parse(row.last),
    resolvedAt: row.resolved_at === null ? null : Number(row.resolved_at),
    resolvedBy: row.resolved_by,
    regressedAt: row.regressed_at === null ? null : Number(row.regressed_at),
  }
}
