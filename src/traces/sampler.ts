/** Options of `createSampler`. */
export interface SamplerOptions {
  /** The share of traces that is kept while there is room, from 0 to 1. */
  readonly sample: number
  /** How many spans may be kept in the long run, in a second. */
  readonly spansPerSecond: number
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Decides which spans are kept. */
export interface Sampler {
  /** For how many spans one of this trace stands where it is kept; 0 where it is not. */
  weigh(traceId: string, isSampled: boolean | undefined): number
  /** The same for one that should be kept whatever its trace's id is. */
  weighSpecial(traceId: string): number
  /** So many spans were kept. */
  spend(count: number, isSpecial: boolean): void
}

/** What may be kept at once after a quiet time: this many seconds of it. */
const burstSeconds = 100

/**
 * Keeps a share of the traces by their ids, so that all processes and all spans of a trace agree. While there is room it is
 * the share that was asked for; as the room shrinks so does the share, and traces that are kept at a small share are kept at
 * any larger one. Spans that failed or were slow have a room of their own.
 */
export function createSampler({ sample, spansPerSecond, now }: SamplerOptions): Sampler {
  const usual = createRoom(spansPerSecond, now)
  const special = createRoom(spansPerSecond, now)
  return {
    weigh(traceId, isSampled) {
      if (isSampled === false) return 0
      const share = Math.min(sample, usual.share())
      return toFraction(traceId) < share ? 1 / share : 0
    },
    weighSpecial(traceId) {
      const share = special.share()
      return toFraction(traceId) < share ? 1 / share : 0
    },
    spend: (count, isSpecial) => (isSpecial ? special : usual).take(count),
  }
}

/** A store of places that fills up again. */
function createRoom(perSecond: number, now: () => number) {
  const most = perSecond * burstSeconds
  let places = most
  let filledAt = now()
  return {
    /** 1 while at least half of it is free, then less and less. */
    share(): number {
      const at = now()
      if (at !== filledAt) {
        places = Math.min(most, places + (Math.max(0, at - filledAt) * perSecond) / 1000)
        filledAt = at
      }
      return most === 0 ? 0 : Math.min(1, (2 * places) / most)
    },
    take(count: number): void {
      places = Math.max(0, places - count)
    },
  }
}

/** A trace id's random end as a number from 0 to 1; of a malformed one, 1. */
function toFraction(traceId: string): number {
  const value = Number.parseInt(traceId.slice(-8), 16)
  return Number.isNaN(value) ? 1 : value / 0x1_0000_0000
}
