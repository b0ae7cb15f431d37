import { expect } from "vitest"
import type { z } from "zod"
import { accessTable, type OperationId } from "../../src/http/access-table.ts"
import type { Operations } from "../../src/http/operation.ts"
import { alertOperations } from "../../src/http/operations/alerts.ts"
import { anomalyOperations } from "../../src/http/operations/anomalies.ts"
import { callOperations } from "../../src/http/operations/calls.ts"
import { createConnectionOperations } from "../../src/http/operations/connections.ts"
import { deploymentOperations } from "../../src/http/operations/deployments.ts"
import { environmentOperations } from "../../src/http/operations/environment.ts"
import { errorOperations } from "../../src/http/operations/errors.ts"
import { eventOperations } from "../../src/http/operations/events.ts"
import { forecastScheduleOperations } from "../../src/http/operations/forecast-schedules.ts"
import { forecastOperations } from "../../src/http/operations/forecasts.ts"
import { functionOperations } from "../../src/http/operations/functions.ts"
import { ingestionOperations } from "../../src/http/operations/ingestion.ts"
import { layerOperations } from "../../src/http/operations/layers.ts"
import { logOperations } from "../../src/http/operations/logs.ts"
import { messageOperations } from "../../src/http/operations/messages.ts"
import { metricOperations } from "../../src/http/operations/metrics.ts"
import { pipelineOperations } from "../../src/http/operations/pipelines.ts"
import { queueOperations } from "../../src/http/operations/queue.ts"
import { recordOperations } from "../../src/http/operations/records.ts"
import { runOperations } from "../../src/http/operations/runs.ts"
import { createServiceOperations } from "../../src/http/operations/service.ts"
import { traceOperations } from "../../src/http/operations/traces.ts"
import { triggerOperations } from "../../src/http/operations/triggers.ts"
import { toRoutePath } from "../../src/http/router.ts"
import { problemSchema } from "../../src/http/schemas.ts"
import { createRouteTable } from "../../src/triggers/route-table.ts"
import type { Send } from "./support.ts"

const operations: Operations<OperationId> = {
  ...functionOperations,
  ...deploymentOperations,
  ...callOperations,
  ...environmentOperations,
  ...queueOperations,
  ...messageOperations,
  ...eventOperations,
  ...recordOperations,
  ...logOperations,
  ...errorOperations,
  ...metricOperations,
  ...runOperations,
  ...triggerOperations,
  ...pipelineOperations,
  ...layerOperations,
  ...ingestionOperations,
  ...alertOperations,
  ...forecastOperations,
  ...forecastScheduleOperations,
  ...traceOperations,
  ...anomalyOperations,
  ...createConnectionOperations({
    organisation: () => {
      throw new Error("Forms alone are read.")
    },
  }),
  ...createServiceOperations({ ready: async () => {}, types: () => "", document: () => ({}), report: () => {} }),
}

const table = createRouteTable(
  (Object.keys(accessTable) as OperationId[]).map((id) => {
    const { method, path } = accessTable[id]
    return { path: toRoutePath(path), methods: [method], value: operations[id] }
  }),
)

/** Sends like `send`, and expects each answer to be one that the operation declares, of the form that it declares. */
export function documented(send: Send): Send {
  return async (method, path, options) => {
    const response = await send(method, path, options)
    const operation = table.match(method, path.replace(/\?.*$/, ""))?.value
    if (operation === undefined || operation.functionAnswers || method === "HEAD") return response
    if (response.headers.get("content-type") === "application/problem+json") {
      expectForm(problemSchema, await response.clone().json())
      return response
    }
    const answer = operation.answers[response.status]
    expect(answer, `${method} ${path} answers an undeclared ${response.status}`).toBeDefined()
    const schema = answer?.content?.["application/json"]
    if (schema && schema !== "bytes") expectForm(schema, await response.clone().json())
    else if (answer?.content) {
      const [type = ""] = (response.headers.get("content-type") ?? "").split(";")
      expect(Object.keys(answer.content)).toContain(type)
    } else expect(await response.clone().text()).toBe("")
    return response
  }
}

function expectForm(schema: z.ZodType, value: unknown): void {
  expect(schema.safeParse(value).error?.issues ?? []).toEqual([])
}
