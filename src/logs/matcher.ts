import { type LogLine, logLevels } from "../model/log.ts"
import type { StoredLogFilter } from "../ports/log-storage.ts"
import { foldCase } from "../util/fold-case.ts"

/** Judges single lines as a search of the storage would. */
export function createMatcher(filter: StoredLogFilter): (line: LogLine) => boolean {
  const { functionId, invocationId, traceId, version, from = 0, to = Infinity } = filter
  const least = filter.level === undefined ? 0 : logLevels.indexOf(filter.level)
  const text = foldCase(filter.text ?? "")
  const fields = Object.entries(filter.fields ?? {})
  return (line) =>
    logLevels.indexOf(line.level) >= least &&
    (functionId === undefined || line.functionId === functionId) &&
    (invocationId === undefined || line.invocationId === invocationId) &&
    (traceId === undefined || line.traceId === traceId) &&
    (version === undefined || line.version === version) &&
    line.time >= from &&
    line.time < to &&
    fields.every(([name, value]) => Object.hasOwn(line.fields, name) && String(line.fields[name]) === value) &&
    (text === "" || foldCase(line.message).includes(text))
}
