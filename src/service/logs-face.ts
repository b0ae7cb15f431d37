import type { LogTail } from "../logs/tail.ts"
import type { TailOptions } from "../logs/tails.ts"
import type { LogFilter, LogLine } from "../model/log.ts"
import type { Page, PageInput } from "../model/page.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { Parts } from "./parts.ts"

/** What functions wrote. `FN_006` where a filter is not valid, `FN_001` where it names no function. */
export interface LogsFace {
  /**
   * Newest first. A page of a search by text, fields, version or level may be short, or empty, and still have a `next`: so
   * many lines were looked at.
   */
  list(filter?: LogFilter, page?: PageInput): Promise<Page<LogLine>>
  /**
   * Lines as calls end: of this process at once, of others within about a second. Whoever reads them slowly loses some. It
   * begins at once, and goes on until the loop over it is left, `signal` aborts or the service closes.
   */
  tail(filter?: LogFilter, options?: TailOptions): LogTail
  /** All lines that were stored until now, oldest first, as NDJSON; read from the storage as fast as the stream is read. */
  export(filter?: LogFilter): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>
}

/** The logs of one organisation. */
export function bindLogs({ logs }: Pick<Parts, "logs">, organisation: string): LogsFace {
  return {
    list: async (filter = {}, page) => logs.list(organisation, filter, toPageRequest(page)),
    tail: (filter = {}, options) => logs.tail(organisation, filter, options),
    export: (filter = {}) => logs.export(organisation, filter),
  }
}
