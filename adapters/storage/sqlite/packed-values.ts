import type { SqlValue } from "../sql/connection.ts"

/** Many values in few objects, which takes another thread a third of the time to get. */
export interface PackedValues {
  /** What each of them is. */
  readonly kinds: Uint8Array
  /** Those that are numbers, and the lengths of those that are texts. */
  readonly numbers: Float64Array
  /** All texts, one after the other. */
  readonly text: string
  /** What is neither text nor number nor null. */
  readonly others: readonly SqlValue[]
}

const kind = { none: 0, number: 1, text: 2, other: 3 } as const

/** Packs values; those of few are handed over faster as they are. */
export function packValues(values: readonly SqlValue[]): PackedValues | readonly SqlValue[] {
  if (values.length < 64) return values
  const kinds = new Uint8Array(values.length)
  const numbers = new Float64Array(values.length)
  const texts: string[] = []
  const others: SqlValue[] = []
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as SqlValue
    if (typeof value === "string") {
      kinds[index] = kind.text
      numbers[index] = value.length
      texts.push(value)
    } else if (typeof value === "number") {
      kinds[index] = kind.number
      numbers[index] = value
    } else if (value !== null) {
      kinds[index] = kind.other
      others.push(value)
    }
  }
  return { kinds, numbers, text: texts.join(""), others }
}

/** The values that were packed. */
export function unpackValues(packed: PackedValues | readonly SqlValue[]): readonly SqlValue[] {
  if (!("kinds" in packed)) return packed
  const { kinds, numbers, text, others } = packed
  const values = new Array<SqlValue>(kinds.length)
  let begin = 0
  let other = 0
  for (let index = 0; index < kinds.length; index++) {
    const number = numbers[index] as number
    if (kinds[index] === kind.text) {
      values[index] = text.slice(begin, begin + number)
      begin += number
    } else if (kinds[index] === kind.number) values[index] = number
    else values[index] = kinds[index] === kind.other ? (others[other++] as SqlValue) : null
  }
  return values
}
