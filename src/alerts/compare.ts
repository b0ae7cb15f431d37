import type { AlertOperator } from "../model/alert-condition.ts"

const comparisons: Readonly<Record<AlertOperator, (value: number, threshold: number) => boolean>> = {
  gt: (value, threshold) => value > threshold,
  gte: (value, threshold) => value >= threshold,
  lt: (value, threshold) => value < threshold,
  lte: (value, threshold) => value <= threshold,
  eq: (value, threshold) => value === threshold,
  neq: (value, threshold) => value !== threshold,
}

/** How a value stands to a threshold that it has crossed. */
export const operatorWords: Readonly<Record<AlertOperator, string>> = {
  gt: "over",
  gte: "at or over",
  lt: "under",
  lte: "at or under",
  eq: "exactly",
  neq: "not",
}

/** Whether a value has crossed the threshold. */
export function crosses(operator: AlertOperator, value: number, threshold: number): boolean {
  return comparisons[operator](value, threshold)
}
