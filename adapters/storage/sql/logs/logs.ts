import { type RawBuilder, type Selectable, sql } from "kysely"
import { type LogLine, logLevels } from "../../../../src/model/log.ts"
import type { LogSearch, LogStore, StoredLogFilter, StoredLogLine } from "../../../../src/ports/log-storage.ts"
import { foldCase } from "../../../../src/util/fold-case.ts"
import { toIdTime } from "../../../../src/util/log-id.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { toPage } from "../page.ts"
import { createRowInsertion, type InsertedRow, type InsertionTarget } from "../row-insertion.ts"
import type { LogTables } from "./tables.ts"

type LogRow = Selectable<LogTables["inlay_logs"]>

const target: InsertionTarget = {
  table: "inlay_logs",
  common: {
    ...{ function_id: "text", organisation: "text", function_name: "text", version: "integer" },
    ...{ level: "integer", written_at: "bigint" },
  },
  own: { id: "text", at: "bigint", message: "text", fields: "text", invocation_id: "text", trace_id: "text" },
  end: sql`on conflict (organisation, id) do nothing`,
}
const seriousLevel = logLevels.indexOf("warn")

/** What functions wrote. */
export function createLogStore(database: Database): LogStore {
  const { kysely, engine } = database
  const insertion = createRowInsertion(database, target)
  const find = sql.raw(engine.find)

  /** What an index answers. */
  function toIndexed(organisation: string, filter: StoredLogFilter, { cursor, order }: LogSearch): RawBuilder<unknown> {
    const { functionId, invocationId, traceId, level, from, to } = filter
    const least = level === undefined ? 0 : logLevels.indexOf(level)
    const conditions = [sql`organisation = ${organisation}`]
    if (functionId !== undefined) conditions.push(sql`function_id = ${functionId}`)
    if (invocationId !== undefined) conditions.push(sql`invocation_id = ${invocationId}`)
    if (traceId !== undefined) conditions.push(sql`trace_id = ${traceId}`)
    // As the index says it, and a literal: else it is not used.
    if (least >= seriousLevel) conditions.push(sql`level >= 2`)
    if (from !== undefined) conditions.push(sql`id >= ${toIdTime(from)}`)
    if (to !== undefined) conditions.push(sql`id < ${toIdTime(to)}`)
    if (cursor !== undefined) conditions.push(order === "newest" ? sql`id < ${cursor}` : sql`id > ${cursor}`)
    return sql.join(conditions, sql` and `)
  }

  /** What has to be looked at line by line. */
  function toLooked({ level, version, text, fields = {} }: StoredLogFilter): readonly RawBuilder<unknown>[] {
    const least = level === undefined ? 0 : logLevels.indexOf(level)
    const conditions = []
    if (least > 0 && least !== seriousLevel) conditions.push(sql`level >= ${least}`)
    if (version !== undefined) conditions.push(sql`version = ${version}`)
    if (text !== undefined && text !== "") conditions.push(sql`${find}(lower(message), ${foldCase(text)}) > 0`)
    for (const [name, value] of Object.entries(fields)) {
      const ways = toFieldTexts(name, value).map((way) => sql`${find}(fields, ${way}) > 0`)
      conditions.push(sql`(${sql.join(ways, sql` or `)})`)
    }
    return conditions
  }

  return {
    async insert(lines, writtenAt) {
      const [only, ...others] = insertion(lines.map((line) => toRow(line, writtenAt)))
      if (only === undefined) return
      if (others.length === 0) {
        await kysely.executeQuery(only)
        return
      }
      await kysely.transaction().execute(async (transaction) => {
        for (const query of [only, ...others]) await transaction.executeQuery(query)
      })
    },

    async search(organisation, filter, search) {
      const { order, limit, maxLooked } = search
      const indexed = toIndexed(organisation, filter, search)
      const looked = toLooked(filter)
      const direction = sql.raw(order === "newest" ? "desc" : "asc")
      let end: string | undefined
      if (looked.length > 0) {
        const { rows } = await sql<{ readonly id: string }>`
          select id from inlay_logs where ${indexed} order by id ${direction} limit 1 offset ${maxLooked - 1}`.execute(
          kysely,
        )
        end = rows[0]?.id
      }
      const within =
        end === undefined ? [] : [order === "newest" ? sql`id >= ${sql.val(end)}` : sql`id <= ${sql.val(end)}`]
      const { rows } = await sql<LogRow>`
        select * from inlay_logs where ${sql.join([indexed, ...within, ...looked], sql` and `)}
        order by id ${direction} limit ${limit + 1}`.execute(kysely)
      const page = toPage(rows, limit, toLine, ({ id }) => id)
      return { ...page, next: page.next ?? end ?? null }
    },

    async listWritten(organisations, from, limit) {
      if (organisations.length === 0) return []
      const after =
        typeof from === "number"
          ? sql`written_at >= ${Math.floor(from)}`
          : sql`(written_at, organisation, id) > (${from.writtenAt}, ${from.organisation}, ${from.id})`
      // An expression, so that the order of writing is gone through and not the lines of each organisation, all of them.
      const { rows } = await sql<LogRow>`
        select * from inlay_logs where ${after} and organisation || '' in (${sql.join(organisations)})
        order by written_at, organisation, id limit ${limit}`.execute(kysely)
      return rows.map((row): StoredLogLine => ({ ...toLine(row), writtenAt: Number(row.written_at) }))
    },

    expire: (writtenBefore, limit) =>
      expireRows(kysely, "inlay_logs", { time: "written_at", before: writtenBefore, limit }),
  }
}

function toRow(line: LogLine, writtenAt: number): InsertedRow {
  const fields = JSON.stringify(line.fields)
  return [
    line.functionId,
    line.organisation,
    line.functionName,
    line.version,
    logLevels.indexOf(line.level),
    Math.floor(writtenAt),
    line.id,
    Math.floor(line.time),
    line.message,
    fields === "{}" ? null : `,${fields.slice(1, -1)},`,
    line.invocationId,
    line.traceId,
  ]
}

/** How a field with this value may stand in the column: as text, and as the number or word that reads the same. */
function toFieldTexts(name: string, value: string): readonly string[] {
  const way = (json: string) => `,${JSON.stringify(name)}:${json},`
  return isLiteral(value) ? [way(JSON.stringify(value)), way(value)] : [way(JSON.stringify(value))]
}

function isLiteral(text: string): boolean {
  return text === "true" || text === "false" || text === "null" || String(Number(text)) === text
}

function toLine(row: LogRow): LogLine {
  return {
    organisation: row.organisation,
    id: row.id,
    time: Number(row.at),
    level: logLevels[row.level] ?? "info",
    message: row.message,
    fields: row.fields === null ? {} : JSON.parse(`{${row.fields.slice(1, -1)}}`),
    functionId: row.function_id,
    functionName: row.function_name,
    version: row.version,
    invocationId: row.invocation_id,
    traceId: row.trace_id,
  }
}
