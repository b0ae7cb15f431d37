import { z } from "zod"
import type { ErrorIssue } from "../../errors/functions-error.ts"
import type { DataChange } from "../../model/data-change.ts"
import type { NewEvent } from "../../model/event.ts"

/** The types of events that tell of data, by what a trigger calls the operation. */
export const dataEventTypes = {
  document: { create: "inlay.document.created", update: "inlay.document.updated", delete: "inlay.document.deleted" },
  file: { upload: "inlay.file.uploaded", delete: "inlay.file.deleted" },
  user: { userCreate: "inlay.user.created", login: "inlay.user.login" },
} as const

/**
 * A change as an event: its subject is the collection and the document's id, or the bucket and the file's path, its data is
 * all of the change but what its type says.
 */
export function toDataEvent({ kind, operation, ...data }: DataChange): NewEvent & { readonly subject: string } {
  const [place, name] = "collection" in data ? [data.collection, data.id] : [data.bucket, data.path]
  const types: Readonly<Record<string, string>> = dataEventTypes[kind]
  return { type: types[operation] ?? "", subject: `${place}/${name}`, data }
}

const fields = z.record(z.string(), z.unknown())
const name = z.string().min(1)

/** What the data of each kind must have; a host may say more. */
const dataSchemas: Readonly<Record<keyof typeof dataEventTypes, z.ZodType>> = {
  document: z.looseObject({ collection: name, id: name, document: fields, before: fields.optional() }),
  file: z.looseObject({ bucket: name, path: name }),
  user: fields,
}

const schemaByType = new Map(
  (Object.keys(dataEventTypes) as (keyof typeof dataEventTypes)[]).flatMap((kind) =>
    Object.values(dataEventTypes[kind]).map((type) => [type as string, dataSchemas[kind]] as const),
  ),
)

/** What is wrong with an event that somebody publishes under one of these types: triggers would get it as it is. */
export function findDataEventFaults({ type, data }: { readonly type: string; readonly data?: unknown }): ErrorIssue[] {
  const issues = schemaByType.get(type)?.safeParse(data).error?.issues ?? []
  return issues.map(({ path, message }) => ({ path: ["data", ...path.map(String)].join("."), message }))
}
