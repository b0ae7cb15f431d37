import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { createDocumentCapability } from "../../adapters/capability/documents.ts"
import { createFileCapability } from "../../adapters/capability/files.ts"
import { createHttpClient } from "../../adapters/capability/http-client.ts"
import { createKeyValueCapability } from "../../adapters/capability/key-value.ts"
import { createOAuthClient } from "../../adapters/capability/oauth-client.ts"
import { queueCapability } from "../../adapters/capability/queue.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { HttpFace, HttpFaceOptions } from "../http/face.ts"
import type { EventsOf } from "../ports/data-events.ts"
import type { OAuthClient } from "../ports/oauth-client.ts"
import { checkNode } from "./check-node.ts"
import { checkOptions } from "./check-options.ts"
import { createConsoleLogger } from "./console-logger.ts"
import type { DurableWork } from "./durable-work.ts"
import type { FunctionsService } from "./functions.ts"
import type { CreateFunctionsOptions } from "./options.ts"
import { readVersion } from "./version.ts"

/** Options with everything filled in that the service cannot do without. */
export type FilledOptions = CreateFunctionsOptions &
  Required<
    Pick<CreateFunctionsOptions, "storage" | "http" | "logger" | "onError" | "now" | "runtimes" | "capabilities">
  > & {
    readonly oauthClient: OAuthClient
    readonly developmentToken?: string
    /** Whether nobody has set the clock. */
    readonly isMachineClock: boolean
  }

/** Fills in the embedded adapters, the one place that may look up to them; `FN_006` where an option cannot be used. */
export function withDefaults(options: CreateFunctionsOptions): FilledOptions {
  checkNode()
  checkOptions(options)
  const logger = options.logger ?? createConsoleLogger()
  const report: NonNullable<CreateFunctionsOptions["onError"]> =
    options.onError ??
    ((error, { stage }) => {
      if (error instanceof Error) logger.error(error.message, { stage, stack: error.stack })
      else logger.error(String(error), { stage })
    })
  const { storage = sqlite(":memory:"), now = Date.now, http = createHttpClient() } = options
  return {
    ...options,
    logger,
    storage,
    http,
    oauthClient: createOAuthClient({ http, egress: options.connections?.egress }),
    onError: (error, context) => {
      try {
        report(error, context)
      } catch {
        // Whoever listens to failures must not cause the next one.
      }
    },
    now,
    isMachineClock: options.now === undefined,
    capabilities: options.capabilities ?? {},
    runtimes: options.runtimes ?? [],
    ...(options.authenticate === undefined && { developmentToken: randomBytes(24).toString("base64url") }),
  }
}

/** What functions may ask of the host: `queue` sends to those that consume a queue, `db` and `storage` tell of what they change. */
export function withWork(
  { capabilities, storage, now }: FilledOptions,
  work: () => Pick<DurableWork, "messages" | "eventsOf">,
): FilledOptions["capabilities"] {
  const queue = queueCapability({
    async send({ queue: queueName, message, delay }, { organisation, traceId, spanId, depth }) {
      const text = JSON.stringify(message ?? null)
      const options = { delayMs: delay * 1000, traceId, parentSpanId: spanId, sender: { depth } }
      return (await work().messages.send(organisation, queueName, text, options)).id
    },
  })
  const eventsOf: EventsOf = (...change) => work().eventsOf(...change)
  return {
    kv: createKeyValueCapability(storage.keyValues, now),
    db: createDocumentCapability(storage.documents, now, eventsOf),
    storage: createFileCapability(storage.files, now, eventsOf),
    queue,
    ...capabilities,
  }
}

/** Opens the storage, which may have something to tell later. */
export function openStorage({ storage, logger }: FilledOptions): Promise<void> {
  return storage.open({ warn: (message) => logger.warn(message) })
}

/** Tells the host once, at start, what it should know. */
export function announce({ logger, storage, developmentToken }: FilledOptions): void {
  if (storage.notice) logger.warn(storage.notice)
  if (!developmentToken || process.env.NODE_ENV === "production") return
  logger.warn(
    `no "authenticate" was given: on this machine, management over HTTP asks for "Authorization: Bearer ${developmentToken}"`,
  )
}

/** Loads the HTTP face when the first request comes: hosts without HTTP do not pay for it. */
export async function loadHttpFace(functions: FunctionsService, options: HttpFaceOptions): Promise<HttpFace> {
  const { createHttpFace } = await import("../http/face.ts")
  return createHttpFace(functions, { ...options, version: await readVersion() })
}

/** The modules that functions import beside their own, as code. */
export async function readAuthorModules(): Promise<Readonly<Record<string, string>>> {
  const { resolve } = createRequire(import.meta.url)
  const [sdk, functions] = await Promise.all(
    ["#workers/author-sdk", "#workers/author-functions"].map((name) => readFile(resolve(name), "utf8")),
  )
  return { "inlay/sdk": sdk ?? "", "inlay/functions": functions ?? "" }
}
