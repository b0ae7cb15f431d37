import { expect, it } from "vitest"
import { createForecaster } from "../../src/forecast/create-forecaster.ts"
import type { ForecastBackend } from "../../src/index.ts"
import { createAlertSources } from "../../src/service/alert-sources.ts"
import { hour, openKit } from "./kit.ts"

const minute = 60_000

it("The forecast of a rule is made by the host's backend where it has said so, and by a built-in one for a while where that makes wait in vain", async () => {
  let now = 0
  let asked = 0
  let isDown = false
  const backend: ForecastBackend = {
    name: "remote",
    capabilities: { minimumHistory: 2, maximumHorizon: 720, seasonal: true, remote: true },
    forecast({ horizon, levels }) {
      asked++
      if (isDown) {
        now += 2000
        throw new Error("it answered 503")
      }
      const all = new Array<number>(horizon).fill(5)
      return { mean: all, intervals: Object.fromEntries(levels.map((level) => [level, { lower: all, upper: all }])) }
    },
  }
  const opened = await openKit({}, { forecasts: { backends: [backend], defaultBackend: "remote" } })
  const begin = opened.kit.clock.now() - 2 * hour
  const points = Array.from({ length: 24 }, (_, index) => ({
    ...{ key: "disk.share", value: 0.4, at: begin + index * 5 * minute },
  }))
  opened.functions.metrics.record(points)
  const condition = { type: "forecast", metric: "disk.share", operator: "gte", threshold: 0.7 } as const
  await opened.functions.alerts.rules.create({ name: "Full soon", condition: { ...condition, horizonHours: 1 } })
  await opened.kit.clock.advance("10s")
  expect(opened.notifier.told[0]?.alert?.occasion).toMatchObject({ value: 5, finding: { backend: "remote" } })

  isDown = true
  asked = 0
  const forecaster = createForecaster({ backends: [backend], defaultBackend: "remote" })
  const nothing = async () => {
    throw new Error("nobody asks for it")
  }
  const metrics = { listSeries: nothing, readGroups: nothing }
  const { forecastOf } = createAlertSources({ metrics, functions: { list: nothing }, forecaster, now: () => now })
  const request = { history: Array.from({ length: 50 }, (_, at) => at), horizon: 1, seasonLength: 1, level: 95 }
  for (let time = 0; time < 3; time++) expect((await forecastOf("o", request)).backend).toBe("combined")
  expect(asked).toBe(1)
  now += 300_000
  await forecastOf("o", request)
  expect(asked).toBe(2)
})
