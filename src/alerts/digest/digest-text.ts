import type { Digest, DigestFunction, DigestRelease } from "../../model/digest.ts"
import type { CallFigures } from "../../model/metrics.ts"
import { iso } from "../iso.ts"

const titles = { day: "Daily report", week: "Weekly report", month: "Monthly report" } as const

/** One line; the texts are made safe by whoever tells them. */
export function digestTitle({ every, range, organisation }: Digest): string {
  return `${titles[every]} from ${iso(range.from).slice(0, 10)}: ${organisation}`
}

/** A line for each function, and for each of its releases. */
export function digestLines({ functions, count, range, organisation }: Digest): readonly string[] {
  const more = count - functions.length
  return [
    `${count} ${count === 1 ? "function was" : "functions were"} called from ${iso(range.from)} to ${iso(range.to)}.`,
    ...functions.flatMap((one) => [functionLine(one), ...one.releases.map(releaseLine)]),
    ...(more > 0 ? [`And ${more} more.`] : []),
    `Organisation: ${organisation}`,
  ]
}

function functionLine({ name, total, trend }: DigestFunction): string {
  const { invocations, durationMs, cpuMs, memoryBytes, errorRate } = total
  return [
    `${name}: ${invocations} calls${grown(trend.invocations)}`,
    `${spread(durationMs)} ms${grown(trend.durationMs)}, p95 ${figure(durationMs.p95)} ms`,
    `CPU ${spread(cpuMs)} ms${grown(trend.cpuMs)}`,
    `memory ${spread({ average: memoryBytes.average / 1e6, variance: memoryBytes.variance / 1e12 })} MB${grown(trend.memoryBytes)}`,
    `errors ${percent(errorRate.average)}${grown(trend.errorRate)}`,
  ].join("; ")
}

function releaseLine({ version, reason, at, before, after }: DigestRelease): string {
  const change = (of: (figures: CallFigures) => string) =>
    `${before.invocations === 0 ? "none" : of(before)} before, ${after.invocations === 0 ? "none" : of(after)} after`
  const duration = change(({ durationMs }) => `${figure(durationMs.average)} ms`)
  const errors = change(({ errorRate }) => percent(errorRate.average))
  return `- version ${version} (${reason}, ${iso(at)}): ${duration}; errors ${errors}`
}

/** Average and standard deviation. */
function spread({ average, variance }: { readonly average: number; readonly variance: number }): string {
  return `${figure(average)} ± ${figure(Math.sqrt(variance))}`
}

function grown(growth: number | null): string {
  if (growth === null) return ""
  return ` (${growth < 0 ? "-" : "+"}${figure(Math.abs(growth) * 100)} %)`
}

function percent(share: number): string {
  return `${figure(share * 100)} %`
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)))
}
