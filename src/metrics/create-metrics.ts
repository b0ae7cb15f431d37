import type { Facts, Tell } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type {
  CallFigures,
  MetricPoint,
  MetricQuery,
  MetricSeries,
  MetricsReport,
  MetricsSummary,
  NewPoint,
  TimeRange,
} from "../model/metrics.ts"
import { functionKeys } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { Logger } from "../ports/logger.ts"
import type { MetricMinute } from "../ports/metric-storage.ts"
import type { Storage } from "../ports/storage.ts"
import { checkNumber } from "../util/check-number.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { checkPoints } from "./check-points.ts"
import { createIntake, type Intake } from "./create-intake.ts"
import { createRecorder, type Recorder, type RecorderOptions } from "./create-recorder.ts"
import { createWindows, type PointSource } from "./create-windows.ts"
import { createDelayedWindows } from "./delayed-windows.ts"
import { createUpkeep, type KeepOptions, toKeepMs } from "./keep.ts"
import { parseRange } from "./parse-range.ts"
import { toPrometheusText } from "./prometheus.ts"
import { listSeries, queryPoints } from "./query.ts"
import { readGroups } from "./read-points.ts"
import { type Reading, toReading } from "./reading.ts"
import { figuresOf, reportMonth } from "./report.ts"
import { createSeriesBook } from "./series.ts"
import { createTotals } from "./totals.ts"

/** How what was measured is kept, as hosts set it. */
export interface MetricsSettings extends KeepOptions {
  /**
   * How many combinations of dimensions a key of one function, or of the host, may have in a day and a process; further
   * ones count as `other`.
   * @default 100
   */
  readonly maxSeries?: number
  /**
   * How long after the end of a minute ingested points of it may come and still be in its `window.closed`, in milliseconds;
   * the fact is told then. Whenever they come, they are stored.
   * @default 60000
   */
  readonly lateMs?: number
}

/** Options of `createMetrics`. */
export interface MetricsOptions {
  readonly settings?: MetricsSettings | undefined
  readonly storage: Pick<Storage, "invocations" | "metrics">
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
  /** Hears what the host should know. */
  readonly logger: Pick<Logger, "warn">
  /** Hears of failures in the background; `dropped` records or windows are lost for good. */
  readonly onError: (error: unknown, context: { readonly stage: "metrics"; readonly dropped?: number }) => void
}

/** What happened, counted. */
export interface Metrics {
  /** The records of the calls themselves. */
  readonly recorder: Recorder
  /** Takes a call that has ended; never throws and never waits. */
  record(invocation: InvocationRecord): void
  /** Takes a call that was refused. */
  recordRefused(refused: Facts["invocation.refused"]): void
  /** Takes what a call has measured itself. */
  recordValues(recorded: Facts["values.recorded"]): void
  /** Takes values that the host has measured: all of them, or `FN_006` and none. */
  recordPoints(organisation: string, points: readonly NewPoint[]): void
  /** Makes windows of points that are stored by somebody else. */
  readonly gather: Intake
  /** A function is gone: so are its counters. What was written down stays. */
  forget(removed: Facts["function.removed"]): void
  /** Of one function, what the caller just did included; the last 24 hours where no range is given. */
  summary(organisation: string, functionId: string, name: string, range?: TimeRange | string): Promise<MetricsSummary>
  /** What this process has measured is in it at once, what others have within a minute and a second. */
  query(
    organisation: string,
    functionId: string | undefined,
    query: MetricQuery,
    page: PageRequest,
  ): Promise<Page<MetricPoint>>
  /** The series of a key. */
  listSeries(organisation: string, key: string): Promise<readonly MetricSeries[]>
  /** Groups of series in steps of a minute, five, an hour or a day; no series is in two of them. */
  readGroups(
    organisation: string,
    groups: readonly (readonly MetricSeries[])[],
    stepMs: number,
    range: TimeRange,
  ): Promise<readonly Reading[]>
  /** What a function's calls came to in a range, whose ends are steps' ends. */
  figures(organisation: string, source: PointSource, range: TimeRange, stepMs: number): Promise<CallFigures>
  /** Of the present month where none is given. */
  report(organisation: string, source: PointSource, month?: string): Promise<MetricsReport>
  /** Writes the minutes that are over; what cannot be written is tried again later. */
  flushWindows(): Promise<void>
  /** What functions have sent in a minute that is not over, in this process. */
  presentEgress(at: number): Iterable<MetricMinute>
  /** Counters of this process since it began. */
  prometheus(organisation: string): string
  /** Steps that roll up what is over and remove what is too old; each answers how many rows it took, at most `limit`. */
  readonly upkeep: ReturnType<typeof createUpkeep>
  /** Writes what waits. */
  close(): Promise<void>
}

/** Creates the recorder and what reads from it. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { settings = {}, storage, now, newId } = options
  const { invocations, metrics: store } = storage
  const keepMs = toKeepMs(settings)
  const { keepInvocationsMs = 30 * 86_400_000 } = settings
  checkNumber("metrics.keepInvocationsMs", keepInvocationsMs, { least: 3_600_000 })
  checkNumber("metrics.maxSeries", settings.maxSeries, { least: 1 })
  checkNumber("metrics.lateMs", settings.lateMs, { least: 0 })
  const onError: RecorderOptions["onError"] = (error, dropped) =>
    options.onError(error, { stage: "metrics", ...(dropped !== undefined && { dropped }) })
  const recorder = createRecorder({ store: invocations, now, onError })
  const warn = (message: string) => options.logger.warn(message)
  const book = createSeriesBook({ maxSeries: settings.maxSeries ?? 100, now, warn })
  const windows = createWindows({ ...options, store, book, onError })
  const delayed = createDelayedWindows({ ...options, graceMs: settings.lateMs ?? 60_000 })
  const totals = createTotals()
  const sources = { store, windows, now, keepMs }
  return {
    recorder,
    record(invocation) {
      recorder.record(invocation)
      windows.addCall(invocation)
      totals.addCall(invocation)
    },
    recordRefused({ organisation, at, ...source }) {
      windows.addThrottled(organisation, source, at)
      totals.addThrottled(organisation, source)
    },
    recordValues({ organisation, values, ...source }) {
      for (const point of values) totals.addValue(windows.add(organisation, source, point), point.value)
    },
    recordPoints(organisation, points) {
      for (const point of checkPoints(points, now())) {
        totals.addValue(windows.add(organisation, null, point), point.value)
      }
    },
    gather: createIntake({ book, delayed, addTotal: totals.addValue, now, newId }),
    forget: ({ organisation, functionId }) => totals.remove(organisation, functionId),
    async summary(organisation, functionId, name, input = "24h") {
      const range = parseRange(input, now())
      await recorder.flush()
      const { count, errors, coldStarts, ...distributions } = await invocations.summarise(
        organisation,
        functionId,
        range,
      )
      return {
        name,
        functionId,
        range,
        count,
        errors,
        errorRate: count === 0 ? 0 : errors / count,
        coldStartRate: count === 0 ? 0 : coldStarts / count,
        ...distributions,
      }
    },
    query: (organisation, functionId, query, page) => queryPoints(sources, organisation, functionId, query, page),
    listSeries: (organisation, key) => listSeries(sources, organisation, key),
    async readGroups(organisation, groups, stepMs, range) {
      const read = await readGroups(sources, organisation, groups, stepMs, range)
      return read.map((steps) => toReading(steps, stepMs))
    },
    figures: (organisation, source, range, stepMs) => figuresOf(sources, organisation, source, range, stepMs),
    report: (organisation, source, month = new Date(now()).toISOString().slice(0, 7)) =>
      reportMonth(sources, organisation, source, month),
    flushWindows: windows.flush,
    presentEgress: (at) => windows.present(at, functionKeys.egress),
    prometheus: (organisation) => toPrometheusText(totals.functions(organisation), totals.series(organisation)),
    upkeep: createUpkeep(storage, keepMs, keepInvocationsMs, newId),
    async close() {
      delayed.close()
      await Promise.all([recorder.close(), windows.close()])
    },
  }
}
