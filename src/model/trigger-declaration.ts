import { z } from "zod"
import {
  type AuthTrigger,
  authTriggerSchema,
  type DatabaseTrigger,
  databaseTriggerSchema,
  type StorageTrigger,
  storageTriggerSchema,
} from "./data-trigger.ts"
import { routePath } from "./route-path.ts"
import { type WebhookTrigger, webhookTriggerSchema } from "./webhook-trigger.ts"

/** What one function or pipeline may declare. */
export const maxTriggers = 100

const eventTypes = ["event", "queue", "pubsub"] as const
const scheduleTypes = ["schedule", "cron"] as const

/** Every type of trigger but `http`. */
export const triggerTypes: readonly [BusTrigger["type"], ...BusTrigger["type"][]] = [
  ...scheduleTypes,
  ...eventTypes,
  "webhook",
  "database",
  "storage",
  "auth",
]

const method = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

const httpTrigger = z.strictObject({
  type: z.literal("http"),
  path: routePath,
  method: z.union([method, z.array(method).min(1)]).optional(),
  methods: z.array(method).min(1).optional(),
  /** Whether callers must be known: `none` lets anybody call. */
  auth: z.enum(["none", "required"]).optional(),
})

const scheduleTrigger = z.strictObject({
  type: z.enum(scheduleTypes),
  name: z.string().min(1).max(200).optional(),
  cron: z.string().max(200).optional(),
  schedule: z.string().max(200).optional(),
  expression: z.string().max(200).optional(),
  timezone: z.string().max(100).optional(),
  catchUp: z.enum(["none", "last", "all"]).optional(),
  overlap: z.enum(["allow", "skip", "queue"]).optional(),
  enabled: z.boolean().optional(),
  input: z.json().optional(),
})

const eventTrigger = z
  .strictObject({
    type: z.enum(eventTypes),
    name: z.string().min(1).max(200).optional(),
    event: z.string().max(200).optional(),
    events: z.array(z.string().max(200)).optional(),
    topic: z.string().max(200).optional(),
    queue: z.string().max(200).optional(),
    source: z.string().max(500).optional(),
    subject: z.string().max(500).optional(),
    subscription: z.string().max(200).optional(),
    enabled: z.boolean().optional(),
    filter: z
      .union([z.string().max(4096), z.record(z.string(), z.json()), z.array(z.json()).max(100)], {
        error: 'must be an expression, a filter such as { exact: { subject: "anna" } }, or a list of filters',
      })
      .optional(),
    batchSize: z.number().int().min(1).max(1000).optional(),
    batchTimeout: z.number().min(0.1).max(604_800).optional(),
  })
  .refine(({ type, queue }) => type !== "queue" || (queue !== undefined && queue !== ""), {
    path: ["queue"],
    message: "must name the queue that is consumed",
  })

const busTriggers = [
  scheduleTrigger,
  eventTrigger,
  webhookTriggerSchema,
  databaseTriggerSchema,
  storageTriggerSchema,
  authTriggerSchema,
] as const

/** A trigger of a function's configuration. */
export const triggerSchema: z.ZodType<Trigger> = z.discriminatedUnion("type", [
  httpTrigger,
  ...busTriggers,
]) as unknown as z.ZodType<Trigger>

/** A trigger of a pipeline: all but routes. */
export const busTriggerSchema: z.ZodType<BusTrigger> = z.discriminatedUnion(
  "type",
  busTriggers,
) as unknown as z.ZodType<BusTrigger>

/** A method that a route may answer. */
export type RouteMethod = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS"

/** A route under the mount's prefix. */
export interface HttpTrigger {
  readonly type: "http"
  /** Such as `/users/:id` or `/files/*`. */
  readonly path: string
  readonly method?: RouteMethod | readonly RouteMethod[]
  /** @default every method */
  readonly methods?: readonly RouteMethod[]
  /**
   * Whether callers must be known.
   * @default "none"
   */
  readonly auth?: "none" | "required"
}

/** A call at set times. */
export interface ScheduleTrigger {
  readonly type: "schedule" | "cron"
  /** Tells it from the other triggers of its target. @default its type */
  readonly name?: string
  /** Five fields, six with seconds first, or a word such as `@daily`. */
  readonly cron?: string
  /** The same as `cron`. */
  readonly schedule?: string
  /** The same as `cron`. */
  readonly expression?: string
  /** Such as `Europe/Berlin`. @default "UTC" */
  readonly timezone?: string
  /** What becomes of times more than a minute ago that nobody was there to fire. @default "last" */
  readonly catchUp?: "none" | "last" | "all"
  /** What happens while the call before has not ended. @default "allow" */
  readonly overlap?: "allow" | "skip" | "queue"
  readonly enabled?: boolean
  /** Stands in the event: an object's keys beside the others, anything else as `input`. */
  readonly input?: unknown
}

/** A call for each event of a source. */
export interface EventTrigger {
  readonly type: "event" | "queue" | "pubsub"
  /** Tells it from the other triggers of its target. @default its type */
  readonly name?: string
  readonly event?: string
  readonly events?: readonly string[]
  readonly topic?: string
  readonly queue?: string
  readonly source?: string
  readonly subject?: string
  readonly subscription?: string
  readonly enabled?: boolean
  /** An expression of CloudEvents SQL, or filters of the CloudEvents Subscriptions API. */
  readonly filter?: string | Readonly<Record<string, unknown>> | readonly unknown[]
  /** Functions are given so many at once, as `{ events: [...] }`. @default each alone, as it is */
  readonly batchSize?: number
  /** Seconds that the first of a batch waits at most for others. @default 5 */
  readonly batchTimeout?: number
}

/** When a function is called, beside direct calls. */
export type Trigger = HttpTrigger | BusTrigger

/** When a function is called, or a pipeline run, without anybody waiting for the answer. */
export type BusTrigger =
  | ScheduleTrigger
  | EventTrigger
  | WebhookTrigger
  | DatabaseTrigger
  | StorageTrigger
  | AuthTrigger

/** Whether a trigger calls at set times. */
export function isSchedule(trigger: Trigger): trigger is ScheduleTrigger {
  return trigger.type === "schedule" || trigger.type === "cron"
}
