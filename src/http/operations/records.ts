import { toPageRequest } from "../../util/page-request.ts"
import type { RecordOperation } from "../access-table.ts"
import { jsonResponse } from "../answers.ts"
import { type Operations, operation } from "../operation.ts"
import { invocationQuery, pagedRangeQuery, rangeQuery } from "../queries.ts"
import { toTimeRange } from "../range.ts"
import { anyInvocationSchema, invocationSchema, metricsSchema, pageOf } from "../schemas.ts"
import { forCaller } from "../source-lines.ts"

const tag = "Records"

/** What happened: invocations and metrics. */
export const recordOperations: Operations<RecordOperation> = {
  listInvocations: operation({
    summary: "List invocations, newest first",
    tag,
    query: invocationQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(invocationSchema) } } },
    async handle({ functions, identity, query, nowMs }) {
      const range = toTimeRange(query, nowMs)
      const filter = {
        ...(query.function === undefined ? {} : { function: query.function }),
        ...(query.status === undefined ? {} : { status: query.status }),
        ...(range ? { range } : {}),
      }
      const { items, next } = await functions.invocations.list(filter, toPageRequest(query))
      return jsonResponse({ items: items.map((item) => forCaller(item, identity)), next })
    },
  }),
  getInvocation: operation({
    summary: "Get an invocation, or follow an enqueued one",
    tag,
    answers: { 200: { description: "Its record.", content: { "application/json": anyInvocationSchema } } },
    async handle({ functions, identity, params }) {
      return jsonResponse(forCaller(await functions.invocations.get(params.id ?? ""), identity))
    },
  }),
  getFunctionMetrics: operation({
    summary: "Count, error rate and percentiles of a function; of the last 24 hours where no range is given",
    tag,
    query: rangeQuery,
    answers: { 200: { description: "The summary.", content: { "application/json": metricsSchema } } },
    async handle({ functions, params, query, nowMs }) {
      const range = toTimeRange(query, nowMs)
      return jsonResponse(await functions.metrics.summary(params.id ?? "", range ? { range } : {}))
    },
  }),
  listMetrics: operation({
    summary: "The same for every function, sorted by name",
    tag,
    query: pagedRangeQuery,
    answers: { 200: { description: "A page.", content: { "application/json": pageOf(metricsSchema) } } },
    async handle({ functions, query, nowMs }) {
      const range = toTimeRange(query, nowMs)
      const page = await functions.list(toPageRequest(query))
      const items = await Promise.all(
        page.items.map((item) => functions.metrics.summary(item.id, range ? { range } : {})),
      )
      return jsonResponse({ items, next: page.next })
    },
  }),
}
