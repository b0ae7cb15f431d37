import { type Selectable, sql } from "kysely"
import type { ForecastEvaluation, ForecastSummary, SeriesForecast } from "../../../../src/model/forecast.ts"
import type { ForecastStore } from "../../../../src/ports/forecast-storage.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { toPage } from "../page.ts"
import type { Schema } from "../schema.ts"
import { readPoints, writePoints } from "./points.ts"

type Row = Selectable<Schema["inlay_forecasts"]>

/** What was forecast, and what became of it. */
export function createForecastEntries({
  kysely,
}: Database): Pick<ForecastStore, "insert" | "find" | "list" | "listDue" | "evaluate" | "expire"> {
  return {
    async insert({ points, evaluation, ...summary }) {
      const { organisation, id, key, functionId, backend, scheduleId, madeAt, endsAt } = summary
      await kysely
        .insertInto("inlay_forecasts")
        .values({
          ...{ organisation, id, key, backend },
          function_id: functionId,
          schedule_id: scheduleId,
          made_at: Math.round(madeAt),
          ends_at: Math.round(endsAt),
          evaluated_at: evaluation && Math.round(evaluation.evaluatedAt),
          forecast: JSON.stringify(summary),
          points: writePoints(points),
          evaluation: evaluation && JSON.stringify(evaluation),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },

    async find(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_forecasts")
        .select(["forecast", "points", "evaluation"])
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : toForecast(row)
    },

    async list(organisation, { key, functionId, backend, scheduleId, evaluated, made }, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_forecasts")
        .select(["id", "forecast", "evaluation"])
        .where("organisation", "=", organisation)
        .$if(key !== undefined, (query) => query.where("key", "=", key ?? ""))
        .$if(functionId !== undefined, (query) => query.where("function_id", "=", functionId ?? ""))
        .$if(backend !== undefined, (query) => query.where("backend", "=", backend ?? ""))
        .$if(scheduleId !== undefined, (query) => query.where("schedule_id", "=", scheduleId ?? ""))
        .$if(evaluated === true, (query) => query.where("evaluation", "is not", null))
        .$if(made !== undefined, (query) =>
          query.where("made_at", ">=", Math.floor(made?.from ?? 0)).where("made_at", "<", Math.ceil(made?.to ?? 0)),
        )
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toSummary, ({ id }) => id)
    },

    async listDue(endedBefore, limit) {
      const rows = await kysely
        .selectFrom("inlay_forecasts")
        .select(["forecast", "points", "evaluation"])
        .where(sql<boolean>`evaluated_at is null`)
        .where("ends_at", "<", Math.floor(endedBefore))
        .orderBy("ends_at")
        .limit(limit)
        .execute()
      return rows.map(toForecast)
    },

    async evaluate(organisation, id, at, evaluation) {
      await kysely
        .updateTable("inlay_forecasts")
        .set({ evaluated_at: Math.round(at), evaluation: evaluation && JSON.stringify(evaluation) })
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .execute()
    },

    expire: (madeBefore, limit) =>
      expireRows(kysely, "inlay_forecasts", { time: "made_at", before: madeBefore, limit }),
  }
}

function toSummary({ forecast, evaluation }: Pick<Row, "forecast" | "evaluation">): ForecastSummary {
  const summary = JSON.parse(forecast) as Omit<ForecastSummary, "evaluation">
  return { ...summary, evaluation: evaluation === null ? null : (JSON.parse(evaluation) as ForecastEvaluation) }
}

function toForecast({ points, ...row }: Pick<Row, "forecast" | "points" | "evaluation">): SeriesForecast {
  return { ...toSummary(row), points: readPoints(points) }
}
