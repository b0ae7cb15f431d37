import type { AlertSeverity } from "../model/severity.ts"
import { type ContextState, ContextWindow } from "./context-window.ts"
import { Ensemble, type EnsembleFinding, type EnsembleState } from "./ensemble.ts"
import { Episode, type EpisodeState } from "./episode.ts"
import { checkFinite, readOptions } from "./read-options.ts"
import type { Detector, DetectorOptions, DetectorResult, DetectorState } from "./types.ts"

/** What scores less is usual whatever one asks for. */
const minThreshold = 0.1

/**
 * Finds what is unusual in one series of numbers, point by point, without configuration: it sees values and times only, keeps a bounded
 * memory, and looks at nothing that comes later.
 */
export function createDetector(options: DetectorOptions = {}): Detector {
  const { sensitivity, weights, context, minimumHistory, state } = readOptions(options)
  const ensemble = new Ensemble(weights, state?.methods as EnsembleState | undefined)
  const episode = new Episode(state?.episode as EpisodeState | undefined)
  const window = new ContextWindow(context.before, context.after, state?.context as ContextState | undefined)
  const threshold = Math.max(1 - sensitivity, minThreshold)
  let points = state?.points ?? 0
  let isSilent = state?.isSilent ?? false

  function judge(finding: EnsembleFinding, timestampMs: number, value: number | null): DetectorResult {
    const score = episode.fresh(finding.unusual)
    const isAnomaly = score >= threshold && points > minimumHistory
    const { unusual, consensus, breakdown } = finding
    const severity = isAnomaly ? severityOf(score) : null
    return { timestampMs, value, score, unusual, isAnomaly, severity, consensus, breakdown }
  }

  return {
    push(value, timestampMs) {
      checkFinite("value", value)
      checkFinite("timestampMs", timestampMs)
      points++
      isSilent = false
      episode.pass()
      const result = judge(ensemble.push(value, timestampMs), timestampMs, value)
      const before = result.isAnomaly ? window.before() : undefined
      if (before) window.awaitAfter(timestampMs, before)
      const completed = window.push(value)
      if (!(before || completed)) return result
      return { ...result, ...(before && { before }), ...(completed && { completed }) }
    },
    silence(nowMs) {
      checkFinite("nowMs", nowMs)
      const result = judge(ensemble.wait(nowMs), nowMs, null)
      if (!result.isAnomaly) return result
      // The longer it lasts the rarer it is; it was told.
      if (isSilent) return { ...result, score: 0, isAnomaly: false, severity: null }
      isSilent = true
      return { ...result, before: window.before() }
    },
    toJSON(): DetectorState {
      const learned = { methods: ensemble.toJSON(), episode: episode.toJSON(), context: window.toJSON() }
      return { version: 1, points, ...(isSilent && { isSilent }), ...learned }
    },
  }
}

/** By the score of an anomaly. */
export function severityOf(score: number): AlertSeverity {
  if (score >= 0.76) return "critical"
  if (score >= 0.7) return "high"
  return score >= 0.6 ? "medium" : "low"
}
