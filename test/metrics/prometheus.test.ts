import { expect, test } from "vitest"
import { toPrometheusText } from "../../src/metrics/prometheus.ts"
import { toSeries } from "../../src/metrics/series.ts"
import { createTotals } from "../../src/metrics/totals.ts"
import { recordOf } from "./records.ts"

test("counters only grow, and buckets hold what is at most as long", () => {
  const totals = createTotals()
  for (const durationMs of [0.2, 5, 5.1, 70_000]) totals.addCall(recordOf({ durationMs, cpuMs: 500 }))
  totals.addCall(recordOf({ name: "aaa", functionId: "g", status: "failed", coldStart: true }))
  totals.addThrottled("a", { functionId: "g", name: "aaa" })
  totals.addCall(recordOf({ organisation: "b", name: "other" }))
  const lines = toPrometheusText(totals.functions("a"), totals.series("a")).split("\n")
  expect(lines.slice(0, 4)).toEqual([
    "# HELP inlay_function_invocations_total Calls that ran.",
    "# TYPE inlay_function_invocations_total counter",
    'inlay_function_invocations_total{function="aaa"} 1',
    'inlay_function_invocations_total{function="work"} 4',
  ])
  for (const line of [
    'inlay_function_errors_total{function="aaa"} 1',
    'inlay_function_cold_starts_total{function="aaa"} 1',
    'inlay_function_throttled_total{function="aaa"} 1',
    'inlay_function_cpu_seconds_total{function="work"} 2',
    'inlay_function_duration_seconds_bucket{function="work",le="0.0025"} 1',
    'inlay_function_duration_seconds_bucket{function="work",le="0.005"} 2',
    'inlay_function_duration_seconds_bucket{function="work",le="0.01"} 3',
    'inlay_function_duration_seconds_bucket{function="work",le="60"} 3',
    'inlay_function_duration_seconds_bucket{function="work",le="+Inf"} 4',
    'inlay_function_duration_seconds_count{function="work"} 4',
  ]) {
    expect(lines).toContain(line)
  }
  expect(lines.join("\n")).not.toContain("other")
})

test("what is in a label ends neither the label nor the line", () => {
  const totals = createTotals()
  const room = 'a"} 1\ninlay_function_errors_total{function="work"} 99 \\'
  totals.addValue(toSeries("a", "orders", null, { room }), 2)
  const lines = toPrometheusText([], totals.series("a")).trimEnd().split("\n")
  expect(lines.at(-1)).toBe(
    'inlay_metric_count{key="orders",room="a\\"} 1\\ninlay_function_errors_total{function=\\"work\\"} 99 \\\\"} 1',
  )
  expect(lines.filter((line) => !line.startsWith("#"))).toHaveLength(2)
})

test("a dimension has no name that means something else in a summary, and no two labels have one name", () => {
  const totals = createTotals()
  const twice = { quantile: "p95", exported_quantile: "b" }
  totals.addValue(toSeries("a", "orders", null, { quantile: "p95", le: "x" }), 2)
  totals.addValue(toSeries("a", "parcels", null, twice), 2)
  const text = toPrometheusText([], totals.series("a"))
  expect(text).toContain('inlay_metric_sum{key="orders",le="x",exported_quantile="p95"} 2\n')
  expect(text).toContain('inlay_metric_sum{key="parcels",exported_quantile="b",exported_exported_quantile="p95"} 2\n')
})

test("a removed function is forgotten, with what it recorded", () => {
  const totals = createTotals()
  totals.addCall(recordOf())
  totals.addValue(toSeries("a", "orders", "f", { function: "work" }), 2)
  totals.addValue(toSeries("a", "orders", null, {}), 2)
  totals.remove("a", "f")
  expect(totals.functions("a")).toEqual([])
  expect(totals.series("a")).toHaveLength(1)
})

test("an organisation's series are bounded", () => {
  const totals = createTotals()
  for (let room = 0; room < 2000; room++) totals.addValue(toSeries("a", "orders", null, { room: String(room) }), 1)
  totals.addValue(toSeries("a", "orders", null, { room: "0" }), 1)
  expect(totals.series("a")).toHaveLength(1000)
  expect(totals.series("a")[0]).toMatchObject({ count: 2, sum: 2 })
})

test("no series is in the text twice, whoever has removed a function and made it anew", () => {
  const totals = createTotals()
  totals.addCall(recordOf({ functionId: "old", durationMs: 5 }))
  totals.addCall(recordOf({ functionId: "new", durationMs: 7, status: "failed" }))
  totals.addValue(toSeries("a", "orders", "old", { function: "work" }), 2)
  totals.addValue(toSeries("a", "orders", "new", { function: "work" }), 3)
  const lines = toPrometheusText(totals.functions("a"), totals.series("a")).trimEnd().split("\n")
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(" ")))
  expect(new Set(names).size).toBe(names.length)
  for (const line of [
    'inlay_function_invocations_total{function="work"} 2',
    'inlay_function_errors_total{function="work"} 1',
    'inlay_function_duration_seconds_bucket{function="work",le="0.005"} 1',
    'inlay_function_duration_seconds_bucket{function="work",le="0.01"} 2',
    'inlay_function_duration_seconds_sum{function="work"} 0.012',
    'inlay_metric_sum{key="orders",function="work"} 5',
    'inlay_metric_count{key="orders",function="work"} 2',
  ]) {
    expect(lines).toContain(line)
  }
})

test("a label has no character that ends the text for Prometheus, or that a terminal obeys", () => {
  const totals = createTotals()
  for (const room of ["a\u0000b", "a\u001b[31m", "a\ud800"]) totals.addValue(toSeries("a", "orders", null, { room }), 1)
  const text = toPrometheusText([], totals.series("a"))
  expect(text).toContain('room="a␀b"')
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Surrogate}/u)
})
