import type { CompileFilter } from "../pipelines/event-filters.ts"
import { compileFilter, FilterFault } from "../triggers/events/filter.ts"

/** Has steps of pipelines filter events as triggers do. */
export const tryFilter: CompileFilter = (filter) => {
  try {
    return compileFilter(filter, "filter")
  } catch (error) {
    if (error instanceof FilterFault) return { path: error.path, message: error.message }
    throw error
  }
}
