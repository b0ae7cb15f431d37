import { createBoundedClient } from "../../../adapters/capability/bounded-client.ts"
import { type EmailToSend, emailCapability } from "../../../adapters/capability/email.ts"
import type { QueueMessage } from "../../../adapters/capability/queue.ts"
import { loadSqlite } from "../../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../../adapters/storage/sqlite.ts"
import type { Capability, CapabilityContext } from "../../ports/capability.ts"
import type { HttpClient } from "../../ports/http-client.ts"
import type { Storage } from "../../ports/storage.ts"

/** What a function sent with `email` or `queue`. */
export type SentMessage = (
  | ({ readonly channel: "email" } & EmailToSend)
  | ({ readonly channel: "queue" } & QueueMessage)
) & {
  /** Epoch milliseconds of the kit's clock. */
  readonly at: number
  readonly functionName: string
  readonly organisation: string
}

/** A storage in memory, on this thread. */
export interface MemoryStorage {
  readonly storage: Storage
  /** Pipelines that have runs, those that were removed too. */
  listPipelinesRun(organisation: string): readonly string[]
  /** Removes what was done, and leaves what was deployed and defined. */
  clear(): void
  close(): void
}

/** Tables of what was deployed and defined; every other one is of what was done with it. */
const lasting = new Set([
  "inlay_migrations",
  "inlay_functions",
  "inlay_version_counters",
  "inlay_bundles",
  "inlay_versions",
  "inlay_layers",
  "inlay_layer_versions",
  "inlay_version_layers",
  "inlay_activations",
  "inlay_aliases",
  "inlay_pipelines",
  "inlay_triggers",
  "inlay_connections",
  // Who measured something before still knows it.
  "inlay_series",
  "inlay_alert_rules",
  "inlay_ingest_sources",
  "inlay_anomaly_settings",
])

/** Opens an empty one. */
export function openMemoryStorage(): MemoryStorage {
  const database = loadSqlite()(":memory:")
  database.exec("pragma foreign_keys = on")
  const listTables = "select name from sqlite_master where type = 'table' and name like 'inlay\\_%' escape '\\'"
  return {
    storage: sqlite(database),
    listPipelinesRun(organisation) {
      const rows = database.prepare("select distinct organisation, pipeline from inlay_runs").all()
      return (rows as readonly { readonly organisation: string; readonly pipeline: string }[])
        .filter((row) => row.organisation === organisation)
        .map(({ pipeline }) => pipeline)
    },
    clear() {
      const tables = database.prepare(listTables).all() as readonly { readonly name: string }[]
      for (const { name } of tables) if (!lasting.has(name)) database.exec(`delete from ${name}`)
    },
    close: () => void database.close(),
  }
}

/** What bounds the requests that a test answers, as production does. */
export const boundRequests: (client: HttpClient) => HttpClient = createBoundedClient

/** What keeps the messages of functions. */
export interface Outbox {
  /** Those that were sent, oldest first. */
  readonly messages: readonly SentMessage[]
  /** A capability whose messages go no further. */
  readonly email: Capability
  /** Writes down what reaches `queue`, which goes on to whoever consumes it. */
  watchQueue(capabilities: Readonly<Record<string, Capability>>): Readonly<Record<string, Capability>>
  clear(): void
}

/** Creates an empty one. */
export function createOutbox(now: () => number): Outbox {
  const messages: SentMessage[] = []
  const about = ({ functionName, organisation }: CapabilityContext) => ({ at: now(), functionName, organisation })
  return {
    messages,
    email: emailCapability({
      // Templates are the host's: which one was asked for, and with what, is in the recorded call.
      templates: (name) => ({ subject: name, text: "" }),
      send: async (message, context) => `email-${messages.push({ channel: "email", ...message, ...about(context) })}`,
    }),
    watchQueue({ queue, ...others }) {
      const send = queue?.methods.send
      if (!send) return { ...others, ...(queue && { queue }) }
      const handle: typeof send.handle = async (input, context) => {
        const sent = await send.handle(input, context)
        messages.push({ channel: "queue", ...(input as QueueMessage), ...about(context) })
        return sent
      }
      return { ...others, queue: { ...queue, methods: { ...queue.methods, send: { ...send, handle } } } }
    },
    clear: () => void messages.splice(0),
  }
}
