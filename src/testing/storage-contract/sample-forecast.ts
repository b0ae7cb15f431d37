import type { SeriesForecast } from "../../model/forecast.ts"
import { newId } from "../../util/id.ts"
import { awkwardText, sampleTime } from "./samples.ts"

/** A forecast of two hours. */
export function sampleForecast(organisation: string, changes: Partial<SeriesForecast> = {}): SeriesForecast {
  const hourMs = 3_600_000
  const at = sampleTime - (sampleTime % hourMs)
  const point = (lead: number) => ({
    at: at + lead * hourMs,
    value: 1.5 + lead,
    intervals: { 80: { lower: 0.25, upper: 2 + lead }, 97.5: { lower: -1e-9, upper: 1e12 } },
  })
  return {
    organisation,
    id: newId(sampleTime),
    key: "orders",
    functionId: null,
    dimensions: { shop: awkwardText },
    statistic: "mean",
    step: "1h",
    horizon: 2,
    seasonLength: 24,
    backend: "combined",
    fallbacks: [{ backend: "remote", reason: awkwardText }],
    history: { from: at - 48 * hourMs, to: at, steps: 48, gaps: 1 },
    points: [point(0), point(1)],
    madeAt: sampleTime,
    endsAt: at + 2 * hourMs,
    scheduleId: null,
    evaluation: null,
    ...changes,
  }
}
