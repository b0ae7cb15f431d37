import type { TailedLogLine } from "../../model/log.ts"
import type { Functions } from "../../service/functions.ts"
import { toPageRequest } from "../../util/page-request.ts"
import type { LogOperation } from "../access-table.ts"
import { headersOfAll, jsonResponse } from "../answers.ts"
import { HttpError } from "../http-error.ts"
import { exportQuery, functionLogQuery, logQuery, tailQuery, toLogFilter } from "../log-queries.ts"
import { logSchema } from "../log-schemas.ts"
import { type Operations, operation } from "../operation.ts"
import { pageOf } from "../schemas.ts"
import { type EventChannel, toEventStream, toEventText } from "../server-sent-events.ts"

const tag = "Logs"
const page = { 200: { description: "A page.", content: { "application/json": pageOf(logSchema) } } }

/** What functions wrote. */
export const logOperations: Operations<LogOperation> = {
  searchLogs: operation({
    summary: "Search what functions wrote, newest first",
    tag,
    query: logQuery,
    answers: page,
    async handle({ functions, query, nowMs }) {
      return jsonResponse(await functions.logs.list(toLogFilter(query, nowMs), toPageRequest(query)))
    },
  }),
  listLogs: operation({
    summary: "Search what a function wrote, newest first",
    tag,
    query: functionLogQuery,
    answers: page,
    async handle({ functions, params, query, nowMs }) {
      const filter = { ...toLogFilter(query, nowMs), function: params.id ?? "" }
      return jsonResponse(await functions.logs.list(filter, toPageRequest(query)))
    },
  }),
  tailLogs: operation({
    summary:
      "Follow what functions write, as server-sent events: `log` with a line, `dropped` with how many were lost because they were read too slowly. `Last-Event-ID` goes on where a stream broke off",
    tag,
    query: tailQuery,
    answers: {
      200: { description: "The lines, as their calls end.", content: { "text/event-stream": "bytes" } },
    },
    async handle({ functions, query, request, nowMs }) {
      const since = readLastEventId(request)
      const body = await openTail(functions, toLogFilter(query, nowMs), since, request.signal)
      // Proxies that gather answers would hold lines back.
      return new Response(body, {
        headers: { ...headersOfAll, "content-type": "text/event-stream", "x-accel-buffering": "no" },
      })
    },
  }),
  exportLogs: operation({
    summary:
      "Everything that functions wrote, oldest first, one JSON object a line; compressed where `Accept-Encoding` has gzip",
    tag,
    query: exportQuery,
    answers: {
      200: {
        description: "The lines that were stored until now.",
        content: { "application/x-ndjson": "bytes", "application/gzip": "bytes" },
      },
    },
    async handle({ functions, query, request, nowMs }) {
      const lines = await functions.logs.export(toLogFilter(query, nowMs))
      if (query.gzip === "true") {
        const file = {
          "content-type": "application/gzip",
          "content-disposition": 'attachment; filename="logs.ndjson.gz"',
        }
        return new Response(compress(lines), { headers: { ...headersOfAll, ...file } })
      }
      const headers = { ...headersOfAll, "content-type": "application/x-ndjson", vary: "accept-encoding" }
      if (!acceptsGzip(request.headers.get("accept-encoding"))) return new Response(lines, { headers })
      return new Response(compress(lines), { headers: { ...headers, "content-encoding": "gzip" } })
    },
  }),
}

async function openTail(
  functions: Functions,
  filter: Parameters<Functions["logs"]["tail"]>[0],
  since: number | undefined,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  let channel: EventChannel | undefined
  const lines = functions.logs.tail(filter, {
    signal,
    since,
    onDropped: (count) => channel?.tell(toEventText("dropped", { count })),
    onIdle: () => channel?.keepAlive(),
  })
  await lines.opened
  return toEventStream<TailedLogLine>((opened) => {
    channel = opened
    return { items: lines, toEvent: ({ arrivedAt, ...line }) => toEventText("log", line, String(arrivedAt)) }
  })
}

/** Browsers send it when a stream broke off; undefined where a stream begins. */
function readLastEventId(request: Request): number | undefined {
  const id = request.headers.get("last-event-id")
  if (id === null || id === "") return undefined
  if (!/^[0-9]{1,16}$/.test(id)) {
    throw new HttpError(400, "Cannot follow the logs: Last-Event-ID is none that this stream has given.")
  }
  return Number(id)
}

function acceptsGzip(header: string | null): boolean {
  return (header ?? "").split(",").some((one) => /^\s*(?:gzip|x-gzip)\s*(?:;(?!\s*q=0(?:\.0*)?\s*$).*)?$/i.test(one))
}

function compress(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array> {
  return stream.pipeThrough(new CompressionStream("gzip"))
}
