import { OpenAPIHono } from "@hono/zod-openapi"
import type { Functions } from "../service/functions.ts"
import { accessTable, type OperationId } from "./access-table.ts"
import { describeOperation, describeSecurity, toDocument } from "./openapi.ts"
import type { Call, Operation, Operations } from "./operation.ts"
import type { OperationAccess } from "./operation-access.ts"
import { alertOperations } from "./operations/alerts.ts"
import { anomalyOperations } from "./operations/anomalies.ts"
import { callOperations } from "./operations/calls.ts"
import { createConnectionOperations } from "./operations/connections.ts"
import { deploymentOperations } from "./operations/deployments.ts"
import { environmentOperations } from "./operations/environment.ts"
import { errorOperations } from "./operations/errors.ts"
import { eventOperations } from "./operations/events.ts"
import { forecastScheduleOperations } from "./operations/forecast-schedules.ts"
import { forecastOperations } from "./operations/forecasts.ts"
import { functionOperations } from "./operations/functions.ts"
import { ingestionOperations } from "./operations/ingestion.ts"
import { layerOperations } from "./operations/layers.ts"
import { logOperations } from "./operations/logs.ts"
import { messageOperations } from "./operations/messages.ts"
import { metricOperations } from "./operations/metrics.ts"
import { pipelineOperations } from "./operations/pipelines.ts"
import { queueOperations } from "./operations/queue.ts"
import { recordOperations } from "./operations/records.ts"
import { runOperations } from "./operations/runs.ts"
import { createServiceOperations } from "./operations/service.ts"
import { traceOperations } from "./operations/traces.ts"
import { triggerOperations } from "./operations/triggers.ts"

/** What the router needs. */
export interface RouterOptions {
  readonly version: string
  readonly ready: () => Promise<void>
  /** What the host gives to functions, as declarations. */
  readonly types: () => string
  /** The service, bound to an organisation. */
  readonly organisation: (id: string) => Functions
  /** Hears of failures that nobody raised on purpose. */
  readonly report: (error: unknown) => void
  /** Answers what an operation threw. */
  readonly fail: (error: unknown) => Response
  /** Whether the document asks for credentials on operations of this kind. */
  readonly isSecured: (kind: OperationAccess["kind"]) => boolean
}

/** Answers a call by the operation whose entry of the access table it was admitted to. */
export type Router = (call: Call, access: OperationAccess) => Promise<Response>

/** Assembles all operations, and describes them in one document. */
export function createRouter(options: RouterOptions): Router {
  const app = new OpenAPIHono()
  const documents = new Map<string, object>()
  const operations: Operations<OperationId> = {
    ...functionOperations,
    ...deploymentOperations,
    ...callOperations,
    ...environmentOperations,
    ...recordOperations,
    ...logOperations,
    ...errorOperations,
    ...metricOperations,
    ...pipelineOperations,
    ...queueOperations,
    ...messageOperations,
    ...eventOperations,
    ...runOperations,
    ...triggerOperations,
    ...layerOperations,
    ...ingestionOperations,
    ...alertOperations,
    ...forecastOperations,
    ...forecastScheduleOperations,
    ...traceOperations,
    ...anomalyOperations,
    ...createConnectionOperations(options),
    ...createServiceOperations({
      ready: options.ready,
      types: options.types,
      report: options.report,
      document(prefix) {
        const document = documents.get(prefix) ?? toDocument(app, { version: options.version, prefix })
        // Prefixes come from mounts, so there are few; the first ones suffice.
        if (documents.size < 16) documents.set(prefix, document)
        return document
      },
    }),
  }
  describeSecurity(app)
  const byAccess = new Map<OperationAccess, Operation>()
  for (const [id, access] of Object.entries(accessTable) as [OperationId, OperationAccess][]) {
    const operation = operations[id]
    describeOperation(app, id, access, operation, options.isSecured(access.kind))
    byAccess.set(access, operation)
  }
  return async (call, access) => {
    let response: Response
    try {
      const operation = byAccess.get(access)
      if (!operation) throw new TypeError(`Cannot answer ${access.method} ${access.path}: no operation has it.`)
      response = await operation.handle(call)
    } catch (error) {
      response = options.fail(error)
    }
    if (call.request.method !== "HEAD") return response
    // Nobody will read it, and what fills it would wait for ever.
    await response.body?.cancel()
    return new Response(null, response)
  }
}

/** Turns `{id}` into `:id`. */
export function toRoutePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1")
}
