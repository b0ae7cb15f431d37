import type { InvocationRecord } from "../model/invocation.ts"
import type { InvocationFilter, InvocationStore, Page, PageRequest } from "../ports/storage.ts"
import { type BatchesOptions, createBatches } from "../util/create-batches.ts"

/** Options of `createRecorder`. */
export interface RecorderOptions extends Omit<BatchesOptions<InvocationRecord>, "write" | "noun"> {
  readonly store: InvocationStore
}

/** Writes down what happened, in batches, off the path of the calls. */
export interface Recorder {
  /** Takes a record; never throws and never waits. */
  record(invocation: InvocationRecord): void
  /** Waits until everything recorded so far was written, or a write failed: then it is tried again later. */
  flush(): Promise<void>
  /** Like the store's, after a flush. */
  find(organisation: string, id: string): Promise<InvocationRecord | null>
  /** Like the store's, after a flush. */
  list(organisation: string, filter: InvocationFilter, page: PageRequest): Promise<Page<InvocationRecord>>
  /** Writes what waits, trying a few times; what cannot be written then is dropped, as is what comes later. */
  close(): Promise<void>
}

/** Makes a recorder. */
export function createRecorder({ store, ...options }: RecorderOptions): Recorder {
  const { add, flush, close } = createBatches<InvocationRecord>({
    ...options,
    write: (records) => store.insert(records),
    noun: "invocations",
  })
  return {
    record: add,
    flush,
    close,
    async find(organisation, id) {
      await flush()
      return await store.find(organisation, id)
    },
    async list(organisation, filter, page) {
      await flush()
      return await store.list(organisation, filter, page)
    },
  }
}
