import { OpenAPIHono } from "@hono/zod-openapi"
import { accessTable, type OperationAccess, type OperationId } from "./access-table.ts"
import { describeOperation, describeSecurity, toDocument } from "./openapi.ts"
import type { Call, Operations } from "./operation.ts"
import { callOperations } from "./operations/calls.ts"
import { deploymentOperations } from "./operations/deployments.ts"
import { environmentOperations } from "./operations/environment.ts"
import { functionOperations } from "./operations/functions.ts"
import { layerOperations } from "./operations/layers.ts"
import { pipelineOperations } from "./operations/pipelines.ts"
import { queueOperations } from "./operations/queue.ts"
import { recordOperations } from "./operations/records.ts"
import { runOperations } from "./operations/runs.ts"
import { createServiceOperations } from "./operations/service.ts"

/** What the router needs. */
export interface RouterOptions {
  readonly version: string
  readonly ready: () => Promise<void>
  /** What the host gives to functions, as declarations. */
  readonly types: () => string
  /** Hears of failures that nobody raised on purpose. */
  readonly report: (error: unknown) => void
  /** Answers what an operation threw. */
  readonly fail: (error: unknown) => Response
  /** Whether the document asks for credentials on operations of this kind. */
  readonly isSecured: (kind: OperationAccess["kind"]) => boolean
}

/** Routes a call to its operation; `path` is the one below the mount's prefix. */
export type Router = (call: Call, path: string) => Promise<Response>

/** What Hono hands from the router's caller to its handlers. */
interface Bindings {
  readonly call: Call
  readonly path: string
}

/** Assembles all operations into one Hono application. */
export function createRouter(options: RouterOptions): Router {
  const app = new OpenAPIHono({ getPath: (_request, context) => (context as { readonly env: Bindings }).env.path })
  const documents = new Map<string, object>()
  const operations: Operations<OperationId> = {
    ...functionOperations,
    ...deploymentOperations,
    ...callOperations,
    ...environmentOperations,
    ...recordOperations,
    ...pipelineOperations,
    ...queueOperations,
    ...runOperations,
    ...layerOperations,
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
  for (const [id, access] of Object.entries(accessTable) as [OperationId, OperationAccess][]) {
    const operation = operations[id]
    describeOperation(app, id, access, operation, options.isSecured(access.kind))
    app.on(access.method, toRoutePath(access.path), (context) => operation.handle((context.env as Bindings).call))
  }
  app.onError((error) => options.fail(error))
  return async (call, path) => app.fetch(call.request, { call, path } satisfies Bindings)
}

/** Turns `{id}` into `:id`. */
export function toRoutePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1")
}
