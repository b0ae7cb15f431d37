import type { Digest, DigestFunction, DigestPeriod, DigestRelease } from "../../model/digest.ts"
import type { ActivationRecord } from "../../model/function.ts"
import type { CallFigures, MetricsReport, TimeRange } from "../../model/metrics.ts"
import { isNamed } from "../name-pattern.ts"
import { lastPeriod } from "./periods.ts"

/** A function that there is. */
export interface DigestSubject {
  readonly functionId: string
  readonly name: string
}

/** What digests are made of. */
export interface DigestSource {
  /** All functions of an organisation. */
  functions(organisation: string): Promise<readonly DigestSubject[]>
  /** What the calls of a function came to; the range's ends are steps' ends. */
  figures(organisation: string, subject: DigestSubject, range: TimeRange, stepMs: number): Promise<CallFigures>
  toTrend(now: CallFigures, before: CallFigures): MetricsReport["trend"]
  /** Newest first. */
  releases(organisation: string, functionId: string): Promise<readonly ActivationRecord[]>
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const maxListed = 50
const maxReleases = 10

/** Sums up a period; null where nothing was called. `functions` are names and patterns. */
export async function makeDigest(
  source: DigestSource,
  about: {
    readonly organisation: string
    readonly name: string
    readonly every: DigestPeriod
    readonly range: TimeRange
  },
  functions: readonly string[] = ["*"],
): Promise<Digest | null> {
  const { organisation, every, range } = about
  const called: { readonly subject: DigestSubject; readonly total: CallFigures }[] = []
  for (const subject of await source.functions(organisation)) {
    if (!functions.some((pattern) => isNamed(pattern, subject.name))) continue
    const total = await source.figures(organisation, subject, range, dayMs)
    if (total.invocations > 0) called.push({ subject, total })
  }
  if (called.length === 0) return null
  called.sort((a, b) => b.total.invocations - a.total.invocations)
  const listed: DigestFunction[] = []
  for (const { subject, total } of called.slice(0, maxListed)) {
    const before = await source.figures(organisation, subject, lastPeriod(every, range.from), dayMs)
    const releases = await readReleases(source, organisation, subject, every, range)
    listed.push({ name: subject.name, total, before, trend: source.toTrend(total, before), releases })
  }
  return { ...about, functions: listed, count: called.length }
}

/** Releases of the period: what came before and after each, until the next one and for a day at most. */
async function readReleases(
  source: DigestSource,
  organisation: string,
  subject: DigestSubject,
  every: DigestPeriod,
  range: TimeRange,
): Promise<readonly DigestRelease[]> {
  // Minutes are kept for a week.
  const stepMs = every === "month" ? hourMs : minuteMs
  const stepOf = (at: number) => Math.floor(at / stepMs) * stepMs
  const all = [...(await source.releases(organisation, subject.functionId))].reverse()
  const releases: DigestRelease[] = []
  for (const [index, { version, reason, at }] of all.entries()) {
    if (at < range.from || at >= range.to) continue
    const begin = stepOf(at)
    const from = Math.max(begin - dayMs, stepOf(all[index - 1]?.at ?? 0))
    const to = Math.min(begin + dayMs, stepOf(all[index + 1]?.at ?? range.to), range.to)
    const read = (span: TimeRange) => source.figures(organisation, subject, span, stepMs)
    releases.push({
      version,
      reason,
      at,
      before: await read({ from, to: begin }),
      after: await read({ from: begin, to }),
    })
  }
  return releases.slice(-maxReleases)
}
