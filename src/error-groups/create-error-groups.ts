import { notFound } from "../errors/not-found.ts"
import { errorTable } from "../errors/table.ts"
import { type ErrorGroup, type ErrorGroupFilter, errorGroupStatuses } from "../model/error-group.ts"
import { invalid } from "../model/invalid.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { ErrorGroupStore } from "../ports/error-group-storage.ts"
import { checkNumber } from "../util/check-number.ts"
import { createBatches } from "../util/create-batches.ts"
import { gatherFailures, toOther } from "./gather.ts"

/** How failures are grouped, and how long groups are kept. */
export interface ErrorGroupsOptions {
  /** For how many milliseconds a group is kept after it failed last. @default 7776000000, which is 90 days */
  readonly keepMs?: number
  /** How many groups an organisation may have; further errors are counted together by function and code. @default 1000 */
  readonly maxGroups?: number
}

/** Options of `createErrorGroups`. */
export interface CreateErrorGroupsOptions extends ErrorGroupsOptions {
  readonly store: ErrorGroupStore
  /** Epoch milliseconds. */
  readonly now: () => number
  /** The id of a function by its name or id; `FN_001` where there is none. */
  readonly findFunction: (organisation: string, name: string) => Promise<string>
  /** Hears of failures in the background; `dropped` calls are counted nowhere. */
  readonly onError: (error: unknown, context: { readonly stage: "errors"; readonly dropped?: number }) => void
}

/** Failures, grouped. */
export interface ErrorGroups {
  /** Takes a call that has ended; never throws and never waits. */
  record(call: InvocationRecord): void
  list(organisation: string, filter: ErrorGroupFilter, page: PageRequest): Promise<Page<ErrorGroup>>
  get(organisation: string, id: string): Promise<ErrorGroup>
  resolve(organisation: string, id: string, actor: string): Promise<ErrorGroup>
  reopen(organisation: string, id: string): Promise<ErrorGroup>
  /** Removes at most `limit` groups, and as many batches, that are too old; answers how many. */
  expire(now: number, limit: number): Promise<number>
  /** Writes what waits. */
  close(): Promise<void>
}

const dayMs = 86_400_000
/** A batch is tried for a minute, and as long as the service takes to close. */
const keepBatchesMs = 3_600_000
/** Each may hold a long stack and a long log. */
const maxBuffered = 10_000

/** Creates them. */
export function createErrorGroups(options: CreateErrorGroupsOptions): ErrorGroups {
  const { store, now, findFunction, keepMs = 90 * dayMs, maxGroups = 1000 } = options
  checkNumber("errors.keepMs", keepMs, { least: 1 })
  checkNumber("errors.maxGroups", maxGroups, { least: 1 })
  const { add, flush, close } = createBatches<InvocationRecord>({
    // What the storage stored without being able to say so is known again by its first call.
    repeatsBatches: true,
    write: (calls) =>
      store.add({ id: calls[0]?.id ?? "", occurrences: gatherFailures(calls), at: now() }, maxGroups, toOther),
    noun: "failed calls",
    now,
    onError: (error, dropped) => options.onError(error, { stage: "errors", ...(dropped !== undefined && { dropped }) }),
    maxBuffered,
  })

  async function existing(id: string, found: () => Promise<ErrorGroup | null>): Promise<ErrorGroup> {
    await flush()
    const group = await found()
    if (!group) throw notFound("error group", id)
    return group
  }

  return {
    record(call) {
      if (call.error !== undefined) add(call)
    },
    async list(organisation, { function: name, status, code }, page) {
      if (status !== undefined && !errorGroupStatuses.includes(status)) {
        throw invalid("list errors", [{ path: "status", message: `is none of ${errorGroupStatuses.join(", ")}` }])
      }
      if (code !== undefined && !Object.hasOwn(errorTable, code)) {
        throw invalid("list errors", [{ path: "code", message: "is no code of Inlay" }])
      }
      const functionId = name === undefined ? undefined : await findFunction(organisation, name)
      await flush()
      const filter = {
        ...(functionId !== undefined && { functionId }),
        ...(status !== undefined && { status }),
        ...(code !== undefined && { code }),
      }
      return await store.list(organisation, filter, page)
    },
    get: (organisation, id) => existing(id, () => store.find(organisation, id)),
    resolve: (organisation, id, actor) => existing(id, () => store.resolve(organisation, id, actor, now())),
    reopen: (organisation, id) => existing(id, () => store.reopen(organisation, id)),
    async expire(at, limit) {
      const groups = await store.expire(at - keepMs, limit)
      return Math.max(groups, await store.expireBatches(at - keepBatchesMs, limit))
    },
    close,
  }
}
