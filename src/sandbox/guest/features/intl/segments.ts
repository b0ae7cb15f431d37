/** One piece of a text. */
export interface Segment {
  readonly segment: string
  readonly index: number
  readonly isWordLike?: boolean
}

/** The pieces of a text: to be gone through, or asked for by a place. */
export function makeSegments(list: readonly Segment[]): object {
  return {
    containing(place: unknown = 0): Segment | undefined {
      const at = +(place as number) || 0
      for (let index = 0; index < list.length; index++) {
        const one = list[index] as Segment
        if (at >= one.index && at < one.index + one.segment.length) return one
      }
      return undefined
    },
    *[Symbol.iterator](): Generator<Segment> {
      for (let index = 0; index < list.length; index++) yield list[index] as Segment
    },
  }
}
