import type { AnomalyMethod, MethodFinding } from "../model/anomaly.ts"
import { RhythmNovelty, type RhythmState } from "./rhythm-novelty.ts"
import { Silence, type SilenceState } from "./silence.ts"
import { inTail } from "./tail.ts"
import { ValueNovelty, type ValueState } from "./value-novelty.ts"
import { VariabilityNovelty, type VariabilityState } from "./variability-novelty.ts"

export interface EnsembleState {
  readonly value: ValueState
  readonly rhythm: RhythmState
  readonly variability: VariabilityState
  readonly silence: SilenceState
}

const methods = 4
/** The surprise that scores one half. With points of a minute, clean series have one such surprise a week at most. */
const halfWay = 16

/** What all methods say of a point, together and each. */
export interface EnsembleFinding {
  readonly unusual: number
  readonly consensus: number
  readonly breakdown: Readonly<Record<AnomalyMethod, MethodFinding>>
}

/**
 * Asks each method and combines what they say: the root of the sum of squared surprises, each by its share of the weights. So two methods
 * that are both surprised count more than one, and one that is certain needs no other.
 */
export class Ensemble {
  private readonly value: ValueNovelty
  private readonly rhythm: RhythmNovelty
  private readonly variability: VariabilityNovelty
  private readonly silence: Silence
  private readonly weights: Readonly<Record<AnomalyMethod, number>>
  private readonly total: number

  constructor(weights: Readonly<Record<AnomalyMethod, number>>, state?: EnsembleState) {
    this.weights = weights
    this.value = new ValueNovelty(state?.value)
    this.rhythm = new RhythmNovelty(state?.rhythm)
    this.variability = new VariabilityNovelty(state?.variability)
    this.silence = new Silence(state?.silence)
    this.total = weights.value + weights.rhythm + weights.variability + weights.silence
  }

  push(value: number, timestampMs: number): EnsembleFinding {
    const silence = this.silence.push(timestampMs)
    return this.combine(
      this.value.push(value),
      this.rhythm.push(value, timestampMs, this.silence.intervalMs),
      this.variability.push(value),
      silence,
    )
  }

  /** Of no point up to a time; learns nothing. */
  wait(nowMs: number): EnsembleFinding {
    return this.combine(0, 0, 0, this.silence.surprise(nowMs))
  }

  toJSON(): EnsembleState {
    return {
      value: this.value.toJSON(),
      rhythm: this.rhythm.toJSON(),
      variability: this.variability.toJSON(),
      silence: this.silence.toJSON(),
    }
  }

  private combine(value: number, rhythm: number, variability: number, silence: number): EnsembleFinding {
    const { weights, total } = this
    const squares =
      weights.value * value ** 2 +
      weights.rhythm * rhythm ** 2 +
      weights.variability * variability ** 2 +
      weights.silence * silence ** 2
    const agreeing =
      (value >= inTail ? weights.value : 0) +
      (rhythm >= inTail ? weights.rhythm : 0) +
      (variability >= inTail ? weights.variability : 0) +
      (silence >= inTail ? weights.silence : 0)
    const surprise = Math.sqrt((methods * squares) / total)
    return {
      unusual: toScore(surprise),
      consensus: agreeing / total,
      breakdown: {
        value: { surprise: value, weight: weights.value },
        rhythm: { surprise: rhythm, weight: weights.rhythm },
        variability: { surprise: variability, weight: weights.variability },
        silence: { surprise: silence, weight: weights.silence },
      },
    }
  }
}

/** From 0 to 1. */
export function toScore(surprise: number): number {
  return surprise / (surprise + halfWay)
}

/** The surprise that scores so. */
export function toSurprise(score: number): number {
  return (halfWay * score) / (1 - score)
}
