import type { AlertOccasion } from "../model/alert.ts"
import type { AlertCondition, CallMetric } from "../model/alert-condition.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import { crosses, operatorWords } from "./compare.ts"

const told: Readonly<Record<CallMetric, readonly [verb: string, unit: string]>> = {
  durationMs: ["took", "ms"],
  cpuMs: ["used", "ms of CPU time"],
  memoryBytes: ["used", "bytes of memory"],
  memoryShare: ["used", "% of its memory"],
}

const maxErrorText = 500

/** What is worth an alert about a call by this condition; undefined where nothing is. */
export function judgeCall(condition: AlertCondition, call: InvocationRecord): AlertOccasion | undefined {
  if (condition.type !== "call" && condition.type !== "failure") return undefined
  const { id: invocationId, name, traceId, endedAt: at } = call
  const error = call.error ? { code: call.error.code, message: call.error.message.slice(0, maxErrorText) } : null
  const occasion = { invocationId, traceId, error, finding: null, at }
  if (condition.type === "failure") {
    if (error === null || condition.codes?.includes(error.code) === false) return undefined
    return { ...occasion, message: `${name} failed with ${error.code}: ${error.message}`, value: null }
  }
  const { metric, operator, threshold } = condition
  const value = metric === "memoryShare" ? memoryShare(call) : call[metric]
  if (value === undefined || !crosses(operator, value, threshold)) return undefined
  const [verb, unit] = told[metric]
  const scale = metric === "memoryShare" ? 100 : 1
  const message = `${name} ${verb} ${round(value * scale)} ${unit}, ${operatorWords[operator]} ${round(threshold * scale)}.`
  return { ...occasion, message, value }
}

function memoryShare({ memoryBytes, memoryLimitBytes }: InvocationRecord): number | undefined {
  return memoryLimitBytes === undefined ? undefined : memoryBytes / memoryLimitBytes
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100)
}
