import { z } from "zod"

/** Changes of the documents of a collection. */
export interface DatabaseTrigger {
  readonly type: "database"
  /** Tells it from the other triggers of its target. @default its type */
  readonly name?: string
  readonly collection: string
  /** @default all of them */
  readonly operations?: readonly ("create" | "update" | "delete")[]
  /** @default true */
  readonly enabled?: boolean
}

/** Changes of the files of a bucket. */
export interface StorageTrigger {
  readonly type: "storage"
  /** Tells it from the other triggers of its target. @default its type */
  readonly name?: string
  readonly bucket: string
  /** Only files whose path begins so. @default "" */
  readonly prefix?: string
  /** @default all of them */
  readonly operations?: readonly ("upload" | "delete")[]
  /** @default true */
  readonly enabled?: boolean
}

/** What users do, as the host tells it. */
export interface AuthTrigger {
  readonly type: "auth"
  /** Tells it from the other triggers of its target. @default its type */
  readonly name?: string
  /** @default all of them */
  readonly operations?: readonly ("userCreate" | "login")[]
  /** @default true */
  readonly enabled?: boolean
}

const common = { name: z.string().min(1).max(200).optional(), enabled: z.boolean().optional() }
const place = z.string().min(1).max(200)

/** Checks a `database` trigger. */
export const databaseTriggerSchema: z.core.$ZodTypeDiscriminable = z.strictObject({
  type: z.literal("database"),
  collection: place,
  operations: z
    .array(z.enum(["create", "update", "delete"]))
    .min(1)
    .optional(),
  ...common,
})

/** Checks a `storage` trigger. */
export const storageTriggerSchema: z.core.$ZodTypeDiscriminable = z.strictObject({
  type: z.literal("storage"),
  bucket: place,
  prefix: z.string().max(500).optional(),
  operations: z
    .array(z.enum(["upload", "delete"]))
    .min(1)
    .optional(),
  ...common,
})

/** Checks an `auth` trigger. */
export const authTriggerSchema: z.core.$ZodTypeDiscriminable = z.strictObject({
  type: z.literal("auth"),
  operations: z
    .array(z.enum(["userCreate", "login"]))
    .min(1)
    .optional(),
  ...common,
})

/** How others name the operations: small letters alone, without a leading "on". */
const spellings: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  database: {
    create: ["create", "created", "insert", "inserted"],
    update: ["update", "updated"],
    delete: ["delete", "deleted", "remove", "removed"],
  },
  storage: {
    upload: ["upload", "uploaded", "create", "created", "finalize"],
    delete: ["delete", "deleted", "remove", "removed"],
  },
  auth: {
    userCreate: ["usercreate", "usercreated", "create", "created", "signup"],
    login: ["login", "userlogin", "signin"],
  },
}

/** Brings `event`, `events`, `operation`, `table` and names such as `onCreate` into the schema's words. */
export function toDataTriggerSpelling(trigger: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const words = typeof trigger.type === "string" && Object.hasOwn(spellings, trigger.type) && spellings[trigger.type]
  if (!words) return { ...trigger }
  const { event, events, operation, table, ...result }: Record<string, unknown> = trigger
  if (table !== undefined) result.collection ??= table
  const given = result.operations ?? events ?? operation ?? event
  if (given !== undefined) result.operations = [given].flat().map((word) => toOperation(words, word))
  return result
}

function toOperation(words: Readonly<Record<string, readonly string[]>>, word: unknown): unknown {
  if (typeof word !== "string") return word
  const plain = word
    .replace(/^on(?=[A-Z])/, "")
    .replace(/[._-]/g, "")
    .toLowerCase()
  return Object.keys(words).find((operation) => words[operation]?.includes(plain)) ?? word
}
