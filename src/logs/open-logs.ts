import type { Context } from "@opentelemetry/api"
import type * as Api from "@opentelemetry/api-logs"
import type { Hear } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { LogLevel } from "../model/log.ts"
import { neutralise } from "../util/neutralise.ts"
import { toHrTime } from "../util/to-hr-time.ts"
import { toLine } from "./to-line.ts"

const severities: { readonly [Level in LogLevel]: number } = { debug: 5, info: 9, warn: 13, error: 17 }

/** What Node and what bundlers say where a package is not installed. */
const absent: readonly unknown[] = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]

/** Finds OpenTelemetry's API for logs; undefined where the host has none. */
export async function loadOpenLogs(): Promise<typeof Api | undefined> {
  try {
    return await import("@opentelemetry/api-logs")
  } catch (error) {
    if (error instanceof Error && "code" in error && absent.includes(error.code)) return undefined
    throw error
  }
}

/**
 * Emits what functions write as log records of OpenTelemetry, and the failure of a call as one more, by the names of its
 * semantic conventions. `contextOf` gives the context of a call's span.
 */
export function createOpenLogs({ logs }: typeof Api, contextOf: (call: InvocationRecord) => Context, hear: Hear): void {
  hear("invocation.finished", (call) => {
    const { error, endedAt } = call
    if (call.logs.length === 0 && !error) return
    // Each time, as the host may set its provider up later.
    const logger = logs.getLogger("inlay")
    const context = contextOf(call)
    const about = {
      "faas.name": call.name,
      "faas.version": String(call.version),
      "faas.invocation_id": call.id,
      "inlay.organisation": call.organisation,
      "inlay.functionId": call.functionId,
    }
    function emit(level: LogLevel, time: number, body: string, attributes: Api.LogAttributes): void {
      logger.emit({
        timestamp: toHrTime(time),
        observedTimestamp: toHrTime(endedAt),
        severityNumber: severities[level],
        severityText: level,
        body,
        // First, so that a limit on their number leaves them, and last, so that no field takes their place.
        attributes: { ...about, ...attributes, ...about },
        context,
      })
    }

    for (let index = 0; index < call.logs.length; index++) {
      const { level, time, message, fields } = toLine({ call, index })
      emit(level, time, message, fields)
    }
    if (!error) return
    const message = neutralise(error.message)
    emit("error", endedAt, message, {
      "error.type": error.code,
      "exception.type": neutralise(error.name),
      "exception.message": message,
      "exception.stacktrace": neutralise(error.stack),
    })
  })
}
