import type { AlertOccasion } from "../model/alert.ts"
import type { Facts } from "../model/facts.ts"

const maxErrorText = 500

/** What is worth an alert about a deployment that failed. */
export function judgeDeployment({ name, actor, error, at }: Facts["deployment.failed"]): AlertOccasion {
  const told = { code: error.code, message: error.message.slice(0, maxErrorText) }
  return {
    message: `A deployment of ${name} by ${actor} failed with ${told.code}: ${told.message}`,
    value: null,
    invocationId: null,
    traceId: null,
    error: told,
    finding: { type: "deployment", actor },
    at,
  }
}
