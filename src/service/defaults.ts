import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { createDocumentCapability } from "../../adapters/capability/documents.ts"
import { createFileCapability } from "../../adapters/capability/files.ts"
import { createHttpClient } from "../../adapters/capability/http-client.ts"
import { createKeyValueCapability } from "../../adapters/capability/key-value.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { HttpFace, HttpFaceOptions } from "../http/face.ts"
import { createConsoleLogger } from "./console-logger.ts"
import type { FunctionsService } from "./functions.ts"
import type { CreateFunctionsOptions } from "./options.ts"

/** Options with everything filled in that the service cannot do without. */
export type FilledOptions = CreateFunctionsOptions &
  Required<
    Pick<CreateFunctionsOptions, "storage" | "http" | "logger" | "onError" | "now" | "runtimes" | "capabilities">
  > & {
    readonly developmentToken?: string
  }

/** Fills in the embedded adapters: the one place that may look up to them. */
export function withDefaults(options: CreateFunctionsOptions): FilledOptions {
  const logger = options.logger ?? createConsoleLogger()
  const report: NonNullable<CreateFunctionsOptions["onError"]> =
    options.onError ??
    ((error, { stage }) => logger.error(error instanceof Error ? error.message : String(error), { stage }))
  const { storage = sqlite(":memory:"), now = Date.now } = options
  return {
    ...options,
    logger,
    storage,
    http: options.http ?? createHttpClient(),
    onError: (error, context) => {
      try {
        report(error, context)
      } catch {
        // Whoever listens to failures must not cause the next one.
      }
    },
    now,
    capabilities: {
      kv: createKeyValueCapability(storage.keyValues, now),
      db: createDocumentCapability(storage.documents, now),
      storage: createFileCapability(storage.files, now),
      ...options.capabilities,
    },
    runtimes: options.runtimes ?? [],
    ...(options.authenticate === undefined && { developmentToken: randomBytes(24).toString("base64url") }),
  }
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

async function readVersion(): Promise<string> {
  const { resolve } = createRequire(import.meta.url)
  const { version } = JSON.parse(await readFile(resolve("inlay/package.json"), "utf8")) as { version: string }
  return version
}
