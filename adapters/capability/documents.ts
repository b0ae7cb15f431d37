import PQueue from "p-queue"
import { z } from "zod"
import { CapabilityError } from "../../src/errors/capability-error.ts"
import { type Capability, type CapabilityContext, defineCapabilityMethod } from "../../src/ports/capability.ts"
import type { DocumentRecord, DocumentStore } from "../../src/ports/capability-storage.ts"
import type { EventsOf } from "../../src/ports/data-events.ts"
import { newId } from "../../src/util/id.ts"
import { matches, operators, orderKeys, toOrderKey } from "./document-query.ts"
import { jsonSchema, nameSchema } from "./names.ts"

const collection = nameSchema(200)
const id = nameSchema()
const fields = z.record(z.string(), z.unknown())
const field = z.string().min(1).max(500)
const query = z.object({
  collection,
  where: z.array(z.object({ field, operator: z.enum(operators), value: jsonSchema })).max(30),
  orderBy: z.array(z.object({ field, direction: z.enum(["asc", "desc"]) })).max(10),
  limit: z.number().int().min(1).max(100_000).optional(),
})

const readAtOnce = 500
/** A query reads the collection: beyond this it would be slow for everybody. */
const maxRead = 100_000
const maxResultLength = 10 * 1024 * 1024
/** Changes of one document that may come between the reading and the writing of another. */
const maxAttempts = 20
/** Queries of one organisation that run at once. */
const queriesAtOnce = 4

type Fields = Readonly<Record<string, unknown>>
type StoredDocument = Fields & { readonly id: string }

interface Found {
  readonly document: StoredDocument
  readonly key: readonly unknown[]
  /** Characters of its JSON text. */
  readonly length: number
}

/** `db`: collections of JSON documents. */
export function createDocumentCapability(store: DocumentStore, now: () => number, eventsOf: EventsOf): Capability {
  const queues = new Map<string, PQueue>()

  async function create(
    context: CapabilityContext,
    name: string,
    given: string,
    input: Fields,
  ): Promise<StoredDocument> {
    const { organisation } = context
    const at = now()
    const record = { organisation, collection: name, id: given, json: toJson(input), createdAt: at, updatedAt: at }
    const document = toDocument(record)
    const created = { kind: "document", operation: "create", collection: name, id: given, document } as const
    if (await store.insert(record, await eventsOf(context, created))) return document
    throw new CapabilityError("CONFLICT", `Cannot create document "${given}" of "${name}": there is one with this id.`)
  }

  /** Changes a document on top of whatever others change meanwhile; null where there is none. */
  function change(
    context: CapabilityContext,
    name: string,
    given: string,
    to: (present: Fields) => Fields,
  ): Promise<StoredDocument | null> {
    return onTop(context, name, given, "change", async (present) => {
      const changed = { ...present, json: toJson(to(JSON.parse(present.json))), updatedAt: now() }
      const [document, before] = [toDocument(changed), toDocument(present)]
      const updated = { kind: "document", operation: "update", collection: name, id: given, document, before } as const
      return (await store.replace(changed, await eventsOf(context, updated))) ? document : null
    })
  }

  /** Whether there was such a document. */
  async function remove(context: CapabilityContext, name: string, given: string): Promise<boolean> {
    const removed = await onTop(context, name, given, "delete", async (present) => {
      const document = toDocument(present)
      const deleted = { kind: "document", operation: "delete", collection: name, id: given } as const
      const jobs = await eventsOf(context, { ...deleted, document, before: document })
      return (await store.remove(present, jobs)) ? document : null
    })
    return removed !== null
  }

  /** Does something to a document as it is just now; null where there is none. */
  async function onTop(
    { organisation }: CapabilityContext,
    name: string,
    given: string,
    verb: string,
    act: (present: DocumentRecord) => Promise<StoredDocument | null>,
  ): Promise<StoredDocument | null> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const present = await store.find(organisation, name, given)
      if (!present) return null
      const done = await act(present)
      if (done) return done
    }
    throw new CapabilityError("CONFLICT", `Cannot ${verb} document "${given}" of "${name}": others keep changing it.`)
  }

  async function select(input: z.output<typeof query>, context: CapabilityContext): Promise<StoredDocument[]> {
    const { where, orderBy, limit = Number.POSITIVE_INFINITY } = input
    const isOrdered = orderBy.length > 0
    let found: Found[] = []
    let length = 0
    /** Drops what is beyond the limit, and refuses what is too large without it. */
    const narrow = () => {
      found = found.sort((one, other) => orderKeys(one.key, other.key, orderBy)).slice(0, limit)
      length = found.reduce((sum, one) => sum + one.length, 0)
      if (length <= maxResultLength) return
      throw new CapabilityError("TOO_LARGE", `Cannot query "${input.collection}": narrow it with where() or limit().`)
    }
    for await (const record of read(input.collection, context)) {
      const document = toDocument(record)
      const key = toOrderKey(document, orderBy)
      if (key === null || !matches(document, where)) continue
      found.push({ document, key, length: record.json.length })
      length += record.json.length
      if (!isOrdered && found.length === limit) break
      // Seldom, as it sorts all that was found.
      if (length > 2 * maxResultLength || (isOrdered && found.length >= 2 * limit + 1000)) narrow()
    }
    narrow()
    return found.map(({ document }) => document)
  }

  async function countMatches(input: z.output<typeof query>, context: CapabilityContext): Promise<number> {
    const { where, orderBy, limit = Number.POSITIVE_INFINITY } = input
    let count = 0
    for await (const record of read(input.collection, context)) {
      const document = toDocument(record)
      if (matches(document, where) && toOrderKey(document, orderBy) && ++count >= limit) break
    }
    return count
  }

  /** A query holds what it has found: so many of one organisation run at once, and the others wait. */
  function inTurn<Result>({ organisation, signal }: CapabilityContext, run: () => Promise<Result>): Promise<Result> {
    let queue = queues.get(organisation)
    if (!queue) {
      queue = new PQueue({ concurrency: queriesAtOnce })
      queue.on("idle", () => queues.delete(organisation))
      queues.set(organisation, queue)
    }
    return queue.add(run, { signal })
  }

  async function* read(name: string, { organisation, signal }: CapabilityContext): AsyncGenerator<DocumentRecord> {
    let cursor: string | undefined
    let count = 0
    for (;;) {
      signal.throwIfAborted()
      const page = { limit: readAtOnce, ...(cursor !== undefined && { cursor }) }
      const { items, next } = await store.list(organisation, name, page)
      yield* items
      if (next === null) return
      cursor = next
      count += items.length
      if (count < maxRead) continue
      throw new CapabilityError("TOO_LARGE", `Cannot query "${name}": it has more than ${maxRead} documents.`)
    }
  }

  return {
    description: "JSON documents of the organisation, in collections.",
    methods: {
      get: defineCapabilityMethod({
        input: z.object({ collection, id }),
        async handle(input, { organisation }) {
          const record = await store.find(organisation, input.collection, input.id)
          return record && toDocument(record)
        },
      }),
      create: defineCapabilityMethod({
        input: z.object({ collection, id: id.optional(), fields }),
        handle: (input, context) => create(context, input.collection, input.id ?? newId(now()), input.fields),
      }),
      set: defineCapabilityMethod({
        input: z.object({ collection, id, fields }),
        async handle(input, context) {
          const put = () => change(context, input.collection, input.id, () => input.fields)
          const changed = await put()
          if (changed) return changed
          try {
            return await create(context, input.collection, input.id, input.fields)
          } catch (error) {
            // Another call made it in between.
            if (error instanceof CapabilityError && error.code === "CONFLICT") return await put()
            throw error
          }
        },
      }),
      update: defineCapabilityMethod({
        input: z.object({ collection, id, fields }),
        async handle(input, context) {
          const merge = (present: Fields) => ({ ...present, ...input.fields })
          const changed = await change(context, input.collection, input.id, merge)
          if (changed) return changed
          const shown = `document "${input.id}" of "${input.collection}"`
          throw new CapabilityError("NOT_FOUND", `Cannot update ${shown}: there is no such document.`)
        },
      }),
      delete: defineCapabilityMethod({
        input: z.object({ collection, id }),
        output: z.boolean(),
        handle: (input, context) => remove(context, input.collection, input.id),
      }),
      query: defineCapabilityMethod({
        input: query,
        handle: (input, context) => inTurn(context, () => select(input, context)),
      }),
      count: defineCapabilityMethod({
        input: query,
        output: z.number(),
        handle: (input, context) => inTurn(context, () => countMatches(input, context)),
      }),
    },
  }
}

/** The id has a column of its own. */
function toJson({ id: _, ...others }: Fields): string {
  return JSON.stringify(others)
}

function toDocument(record: Pick<DocumentRecord, "id" | "json">): StoredDocument {
  return { ...(JSON.parse(record.json) as Fields), id: record.id }
}
