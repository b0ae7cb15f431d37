import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import type { BuildIssue } from "./bundler-protocol.ts"

/** Why a build came to no end of its own. */
export type BuildEnd = "crashed" | "time" | "memory" | "closed" | "unavailable"

/** The error for code that cannot be bundled. */
export function toBundleError(issues: readonly BuildIssue[]): FunctionsError {
  const [first] = issues
  const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ""
  const place = first?.line === undefined ? "" : `${first.line}:${first.column}: `
  const message = `Cannot bundle "${first?.path ?? ""}": ${place}${first?.text ?? "no reason was given"}${others}`
  return new FunctionsError("FN_005", message, { issues: issues.map(toIssue) })
}

/** The error for a build that was ended, or that ended its process; `path` is the file it began with. */
export function toEndError(
  end: BuildEnd,
  path: string,
  limits: { readonly timeMs: number; readonly memoryMb: number },
  cause?: unknown,
): FunctionsError {
  const reason = {
    crashed: "the bundler ended while it read it, as it does where brackets are nested too deeply",
    time: `it took more than ${limits.timeMs} ms`,
    memory: `it took more than ${limits.memoryMb} MB of memory`,
    closed: "the service was closed meanwhile",
    unavailable: "the bundler could not be started",
  }[end]
  return new FunctionsError("FN_005", `Cannot bundle "${path}": ${reason}.`, {
    issues: [{ path, message: reason }],
    cause,
  })
}

function toIssue({ path, text, ...place }: BuildIssue): ErrorIssue {
  return { path, message: text, ...place }
}
