import type { ErrorGroup, ErrorGroupFilter } from "../model/error-group.ts"
import type { Page, PageInput } from "../model/page.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { Parts } from "./parts.ts"

/** Failures of functions, grouped by their cause. `FN_001` where there is no group of an id. */
export interface ErrorsFace {
  /** Those that failed last first. */
  list(filter?: ErrorGroupFilter, page?: PageInput): Promise<Page<ErrorGroup>>
  get(id: string): Promise<ErrorGroup>
  /** It is mended: it regresses where it comes again in a newer version than those that have failed so. */
  resolve(id: string): Promise<ErrorGroup>
  /** It is not mended after all. */
  reopen(id: string): Promise<ErrorGroup>
}

/** The error groups of one organisation. */
export function bindErrors(
  { gate, errorGroups }: Pick<Parts, "gate" | "errorGroups">,
  organisation: string,
  actor: string,
): ErrorsFace {
  const { enter } = gate
  return {
    list: async (filter = {}, page) => errorGroups.list(organisation, filter, toPageRequest(page)),
    get: (id) => errorGroups.get(organisation, id),
    resolve: (id) => enter(() => errorGroups.resolve(organisation, id, actor)),
    reopen: (id) => enter(() => errorGroups.reopen(organisation, id)),
  }
}
