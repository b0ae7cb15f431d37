import { z } from "zod"
import { CapabilityError } from "../../src/errors/capability-error.ts"
import { type Capability, defineCapabilityMethod } from "../../src/ports/capability.ts"
import type { FileRecord, FileStore } from "../../src/ports/capability-storage.ts"
import type { EventsOf } from "../../src/ports/data-events.ts"
import { nameSchema, pageFields, prefixSchema, toPageRequest } from "./names.ts"

const bucket = nameSchema(200)
const path = nameSchema()
const place = z.object({ bucket, path })
/** A media type, as a header could carry it. */
const type = z
  .string()
  .max(200)
  .regex(/^[\w.+-]+\/[\w.+-]+(?: *;[ -~]*)?$/, "must be a media type, such as image/jpeg")

/** `storage`: files in buckets. */
export function createFileCapability(store: FileStore, now: () => number, eventsOf: EventsOf): Capability {
  return {
    description: "Files of the organisation, in buckets.",
    methods: {
      download: defineCapabilityMethod({
        input: place,
        async handle(input, { organisation }) {
          const content = await store.read(organisation, input.bucket, input.path)
          if (content) return content
          const shown = `"${input.path}" of bucket "${input.bucket}"`
          throw new CapabilityError("NOT_FOUND", `Cannot download ${shown}: there is no such file.`)
        },
      }),
      upload: defineCapabilityMethod({
        input: place.extend({ type: type.default("application/octet-stream") }),
        async handle(input, context) {
          const { organisation, bytes } = context
          if (!bytes) throw new CapabilityError("INVALID_INPUT", `Cannot upload "${input.path}": no bytes were given.`)
          const file = { ...input, organisation, size: bytes.length, updatedAt: now() }
          const info = toInfo(file)
          const uploaded = { kind: "file", operation: "upload", bucket: input.bucket, ...info } as const
          await store.save(file, bytes, await eventsOf(context, uploaded))
          return info
        },
      }),
      delete: defineCapabilityMethod({
        input: place,
        output: z.boolean(),
        async handle(input, context) {
          const { organisation } = context
          const file = await store.find(organisation, input.bucket, input.path)
          if (!file) return false
          const deleted = { kind: "file", operation: "delete", bucket: input.bucket, ...toInfo(file) } as const
          return store.remove(organisation, input.bucket, input.path, await eventsOf(context, deleted))
        },
      }),
      info: defineCapabilityMethod({
        input: place,
        async handle(input, { organisation }) {
          const file = await store.find(organisation, input.bucket, input.path)
          return file && toInfo(file)
        },
      }),
      list: defineCapabilityMethod({
        input: z.object({ bucket, prefix: prefixSchema, ...pageFields }),
        async handle(input, { organisation }) {
          const { items, next } = await store.list(organisation, input.bucket, input.prefix, toPageRequest(input))
          return { items: items.map(toInfo), next }
        },
      }),
    },
  }
}

function toInfo({ path, size, type, updatedAt }: FileRecord): Omit<FileRecord, "organisation" | "bucket"> {
  return { path, size, type, updatedAt }
}
