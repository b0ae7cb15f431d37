/** What one error code means, for messages, HTTP and the error guide. */
export interface ErrorMeaning {
  /** Short title, also the `title` of the HTTP problem. */
  readonly title: string
  readonly status: number
  /** Whose fault it is: `caller` may change the request, `author` the function, `host` the service. */
  readonly fault: "caller" | "author" | "host"
  readonly cause: string
  readonly cure: string
}

/** One of the `FN_` codes. */
export type ErrorCode = "FN_001" | "FN_002" | "FN_003" | "FN_004" | "FN_005" | "FN_006" | "FN_007" | "FN_008" | "FN_009"

/** Every code that Inlay answers with. A code never changes its meaning. */
export const errorTable: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  FN_001: {
    title: "Not found",
    status: 404,
    fault: "caller",
    cause: "No function, version, alias, pipeline or record has this name or id in this organisation.",
    cure: "List what exists, and check the organisation that the credentials belong to.",
  },
  FN_002: {
    title: "Timed out",
    status: 504,
    fault: "author",
    cause: "The call used more CPU time or more wall time than its function may.",
    cure: "Do less per call, wait on fewer things in sequence, or raise `timeout` in the configuration.",
  },
  FN_003: {
    title: "Out of memory",
    status: 500,
    fault: "author",
    cause: "The call needed more memory than its function may use.",
    cure: "Work in smaller pieces, or raise `memory` in the configuration.",
  },
  FN_004: {
    title: "Runtime error",
    status: 500,
    fault: "author",
    cause: "The function threw, rejected, or answered something that cannot leave the sandbox.",
    cure: "Read the error's name, message, stack and frame: they are the function's own, mapped to its sources.",
  },
  FN_005: {
    title: "Deployment failed",
    status: 422,
    fault: "author",
    cause: "The upload could not be read, bundled or loaded.",
    cure: "The message names the entry, or the file, line and column.",
  },
  FN_006: {
    title: "Invalid configuration",
    status: 422,
    fault: "author",
    cause: "A name, a configuration or a definition is not valid.",
    cure: "The message names the path of each wrong value.",
  },
  FN_007: {
    title: "Rate limited",
    status: 429,
    fault: "caller",
    cause:
      "More calls are waiting than may wait, or a transaction that is open holds the idempotency key or the lanes of a call.",
    cure: "Try again after `Retry-After` seconds.",
  },
  FN_008: {
    title: "Cold start timed out",
    status: 503,
    fault: "host",
    cause: "No sandbox could be made ready, or the service is closed.",
    cure: "Try again; if it lasts, the machine is short of CPU or memory, or the host is shutting down.",
  },
  FN_009: {
    title: "Permission denied",
    status: 403,
    fault: "caller",
    cause: "The caller is unknown, or lacks the scope that this operation asks for.",
    cure: "Send credentials, or ask for the scope that the message names.",
  },
}
