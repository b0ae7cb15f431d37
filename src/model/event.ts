import { z } from "zod"
import {
  isAttributeName,
  isAttributeText,
  isBase64,
  isMediaType,
  isTimestamp,
  isUri,
  isUriReference,
} from "./event-attributes.ts"

/** What every event may have beside what names it. */
interface EventAttributes {
  readonly type: string
  readonly subject?: string
  /** RFC 3339. */
  readonly time?: string
  /** A media type. Left out, `data` is JSON. */
  readonly datacontenttype?: string
  /** A URI. */
  readonly dataschema?: string
  /** A JSON value; text where `datacontenttype` is another kind of text. */
  readonly data?: unknown
  /** Bytes in base64, in place of `data`. */
  readonly data_base64?: string
  /** Extension attributes, named by small letters and digits: text, booleans and whole numbers of 32 bits. */
  readonly [extension: string]: unknown
}

/**
 * What happened, as the JSON format of CloudEvents 1.0 has it: https://cloudevents.io. Source and id together name it:
 * what has both in common is the same event.
 */
export interface CloudEvent extends EventAttributes {
  readonly specversion: "1.0"
  readonly id: string
  /** A URI reference. */
  readonly source: string
}

/** An event as somebody publishes it: these are filled in where they are left out, and so is the time. */
export interface NewEvent extends EventAttributes {
  readonly specversion?: "1.0"
  readonly id?: string
  readonly source?: string
}

const text = z
  .string()
  .min(1, { message: "must not be empty" })
  .max(4000, { message: "must have at most 4000 characters" })
  .refine(isAttributeText, { message: "must have no control characters and no halves of surrogate pairs" })

const optional = {
  subject: text.optional(),
  time: z
    .string()
    .refine(isTimestamp, { message: "must be a time of RFC 3339, such as 2026-01-31T09:00:00Z" })
    .optional(),
  datacontenttype: text.refine(isMediaType, { message: "must be a media type such as text/plain" }).optional(),
  dataschema: text.refine(isUri, { message: "must be a URI" }).optional(),
  data: z.unknown().optional(),
  data_base64: z.string().refine(isBase64, { message: "must be bytes in base64" }).optional(),
}

const identity = {
  specversion: z.literal("1.0", { message: 'must be "1.0"' }),
  id: text,
  source: text.refine(isUriReference, { message: "must be a URI reference" }),
}

const newIdentity = {
  specversion: identity.specversion.optional(),
  id: identity.id.optional(),
  source: identity.source.optional(),
}

/** A whole event; attributes that are null are as good as left out. */
export const cloudEventSchema: z.ZodType<CloudEvent> = schemaOf(identity) as unknown as z.ZodType<CloudEvent>

/** An event of which may be left out what can be filled in. */
export const newEventSchema: z.ZodType<NewEvent> = schemaOf(newIdentity) as unknown as z.ZodType<NewEvent>

function schemaOf(shape: typeof identity | typeof newIdentity) {
  return z.preprocess(
    dropUnset,
    z.looseObject({ ...shape, type: text, ...optional }).superRefine((event, context) => {
      for (const [name, value] of Object.entries(event)) {
        if (Object.hasOwn(optional, name) || Object.hasOwn(identity, name) || name === "type") continue
        const message = extensionFault(name, value)
        if (message) context.addIssue({ code: "custom", path: [name], message })
      }
      if ("data" in event && "data_base64" in event) {
        context.addIssue({ code: "custom", path: ["data_base64"], message: "must not be there beside data" })
      }
    }),
  )
}

/** Null stands for an attribute that is not set; as data it is a value. */
function dropUnset(event: unknown): unknown {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return event
  const isSet = ([name, value]: readonly [string, unknown]) =>
    value !== undefined && (value !== null || name === "data")
  return Object.fromEntries(Object.entries(event).filter(isSet))
}

function extensionFault(name: string, value: unknown): string | undefined {
  if (!isAttributeName(name)) return "must be named by small letters and digits"
  if (typeof value === "boolean") return undefined
  if (typeof value === "number") return value === (value | 0) ? undefined : "must be a whole number of 32 bits"
  if (typeof value !== "string") return "must be text, a boolean or a whole number"
  return isAttributeText(value) ? undefined : "must have no control characters and no halves of surrogate pairs"
}
