import type { z } from "zod"
import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"

/** How many of the issues the message names; the error has them all. */
const maxTold = 3

/** `FN_006` that names what is wrong: `Cannot ${doing}: path: message`. */
export function invalid(doing: string, issues: readonly ErrorIssue[]): FunctionsError {
  const told = issues.slice(0, maxTold).map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
  const more = issues.length > told.length ? `; and ${issues.length - told.length} more` : ""
  // What is told of another error may be a sentence already.
  const sentence = `Cannot ${doing}: ${told.join("; ")}${more}`.replace(/\.$/, "")
  return new FunctionsError("FN_006", `${sentence}.`, { issues })
}

/** What a schema complains of: each unknown key by its own path, and each key that is none with the reason. */
export function toErrorIssues({ issues }: z.ZodError): readonly ErrorIssue[] {
  return issues.flatMap((issue): readonly ErrorIssue[] => {
    const path = issue.path.join(".")
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...issue.path, key].join("."), message: "is not known here" }))
    }
    if (issue.code === "invalid_key") return [{ path, message: issue.issues[0]?.message ?? issue.message }]
    return [{ path, message: issue.message }]
  })
}
