import { type RawBuilder, sql } from "kysely"
import type { TraceStore } from "../../../../src/ports/trace-storage.ts"
import type { Database } from "../database.ts"
import { toPage } from "../page.ts"
import { createRowInsertion } from "../row-insertion.ts"
import { spanColumns, toReadSpan, toSpan, toSpanRow, toTraceRows, toTraceSummary, traceColumns } from "./trace-row.ts"

/** Spans and traces. */
export function createTraceStore(database: Database): TraceStore {
  const { kysely } = database
  const insertSpans = createRowInsertion(database, {
    table: "inlay_spans",
    common: {},
    own: spanColumns,
    end: sql`on conflict (organisation, trace_id, span_id) do nothing returning organisation, trace_id, span_id`,
  })
  const upsertTraces = createRowInsertion(database, {
    table: "inlay_traces",
    common: {},
    own: traceColumns,
    end: sql`on conflict (organisation, trace_id) do update set ${sql.raw(traceChanges)}`,
  })

  return {
    async insert(spans) {
      if (spans.length === 0) return
      await kysely.transaction().execute(async (transaction) => {
        const added = new Set<string>()
        for (const query of insertSpans(spans.map(toSpanRow))) {
          const { rows } = await transaction.executeQuery<SpanKey>(query)
          for (const row of rows) added.add(`${row.organisation}/${row.trace_id}/${row.span_id}`)
        }
        // One that is twice in the batch counts once.
        const fresh = spans.filter(({ organisation, traceId, spanId }) =>
          added.delete(`${organisation}/${traceId}/${spanId}`),
        )
        for (const query of upsertTraces(toTraceRows(fresh))) await transaction.executeQuery(query)
      })
    },

    async find(organisation, traceId, limit) {
      const spans = kysely
        .selectFrom("inlay_spans")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("trace_id", "=", traceId)
        .limit(limit)
      const some = await spans.execute()
      // Only of a trace that is longer than that are all of its spans sorted.
      const rows = some.length < limit ? some : await spans.orderBy("started_at").execute()
      return rows.map(toSpan)
    },

    async list(organisation, { function: name, status, minDurationMs, range }, { limit, cursor }) {
      const after = readCursor(cursor)
      const rows = await kysely
        .selectFrom("inlay_traces")
        .selectAll()
        .where("organisation", "=", organisation)
        .$if(range !== undefined, (query) =>
          query.where("started_at", ">=", range?.from ?? 0).where("started_at", "<", range?.to ?? 0),
        )
        .$if(after !== undefined, (query) =>
          query.where(sql<boolean>`(started_at, trace_id) < (${after?.startedAt}, ${after?.traceId})`),
        )
        .$if(status !== undefined, (query) => query.where("status", "=", status ?? "ok"))
        .$if(minDurationMs !== undefined, (query) => query.where("duration_ms", ">=", minDurationMs ?? 0))
        .$if(name !== undefined, (query) => query.where(hasCallOf(name ?? "", organisation, "inlay_traces.trace_id")))
        .orderBy("started_at", "desc")
        .orderBy("trace_id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toTraceSummary, (row) => `${row.started_at}~${row.trace_id}`)
    },

    async read(organisation, { range, function: name }, { limit, cursor }) {
      const after = readCursor(cursor)
      const rows = await kysely
        .selectFrom("inlay_spans")
        .select(["trace_id", "span_id", "parent_span_id", "kind", "name", "function", "status"])
        .select(["organisation", "started_at", "duration_ms", "weight"])
        .where("organisation", "=", organisation)
        .where("started_at", ">=", range.from)
        .where("started_at", "<", range.to)
        .$if(after !== undefined, (query) =>
          query.where(
            sql<boolean>`(started_at, trace_id, span_id) < (${after?.startedAt}, ${after?.traceId}, ${after?.spanId})`,
          ),
        )
        .$if(name !== undefined, (query) => query.where(hasCallOf(name ?? "", organisation, "inlay_spans.trace_id")))
        .orderBy("started_at", "desc")
        .orderBy("trace_id", "desc")
        .orderBy("span_id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toReadSpan, (row) => `${row.started_at}~${row.trace_id}~${row.span_id}`)
    },

    expire: (endedBefore, limit) =>
      kysely.transaction().execute(async (transaction) => {
        const { rows } = await sql<Omit<SpanKey, "span_id">>`
          delete from inlay_traces where (organisation, trace_id) in (
            select organisation, trace_id from inlay_traces where ended_at < ${endedBefore}
            order by ended_at limit ${limit}
          )
          returning organisation, trace_id`.execute(transaction)
        for (const [organisation, ids] of groupByOrganisation(rows)) {
          await transaction
            .deleteFrom("inlay_spans")
            .where("organisation", "=", organisation)
            .where("trace_id", "in", ids)
            .execute()
        }
        return rows.length
      }),
  }
}

const isFirst = `excluded.started_at < inlay_traces.started_at
  or (excluded.started_at = inlay_traces.started_at and excluded.root_ms > inlay_traces.root_ms)`
const first = (column: "kind" | "name" | "root_ms") =>
  `${column} = case when ${isFirst} then excluded.${column} else inlay_traces.${column} end`
const least =
  "case when excluded.started_at < inlay_traces.started_at then excluded.started_at else inlay_traces.started_at end"
const most = "case when excluded.ended_at > inlay_traces.ended_at then excluded.ended_at else inlay_traces.ended_at end"

/** What more spans of a trace change in its summary. */
const traceChanges = [
  `started_at = ${least}`,
  `ended_at = ${most}`,
  `duration_ms = (${most}) - (${least})`,
  first("kind"),
  first("name"),
  first("root_ms"),
  "status = case when excluded.status = 'error' then 'error' else inlay_traces.status end",
  "spans = inlay_traces.spans + excluded.spans",
].join(", ")

interface SpanKey {
  readonly organisation: string
  readonly trace_id: string
  readonly span_id: string
}

function groupByOrganisation(rows: readonly Omit<SpanKey, "span_id">[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const { organisation, trace_id } of rows)
    groups.set(organisation, [...(groups.get(organisation) ?? []), trace_id])
  return groups
}

/** Whether a trace has a call of a function. */
function hasCallOf(name: string, organisation: string, traceId: `${string}.trace_id`): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from inlay_spans as s
    where s.organisation = ${organisation} and s.trace_id = ${sql.ref(traceId)} and s.function = ${name}
  )`
}

/** What a page ended with; one that is none begins at the newest. */
function readCursor(cursor: string | undefined) {
  const [time, traceId = "", spanId = ""] = cursor?.split("~") ?? []
  const startedAt = Number.parseFloat(time ?? "")
  return Number.isFinite(startedAt) ? { startedAt, traceId, spanId } : undefined
}
