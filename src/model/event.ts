import { z } from "zod"

/** What happened, as CloudEvents 1.0 describes it: https://cloudevents.io. Other attributes are kept as they are. */
export interface CloudEvent {
  readonly specversion: "1.0"
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject?: string
  /** RFC 3339. */
  readonly time: string
  readonly data?: unknown
}

/** An event as somebody publishes it: what is left out is filled in. */
export interface NewEvent extends Partial<Omit<CloudEvent, "type">> {
  readonly type: string
}

const attribute = z.string().min(1).max(500)

/** Checks an event, and fills in nothing. Extension attributes have names of small letters and digits. */
export const newEventSchema: z.ZodType<NewEvent> = z
  .looseObject({
    specversion: z.literal("1.0").optional(),
    id: attribute.optional(),
    source: attribute.optional(),
    type: attribute,
    subject: attribute.optional(),
    time: z.iso.datetime({ offset: true }).optional(),
    data: z.json().optional(),
  })
  .refine((event) => Object.keys(event).every((name) => /^[a-z0-9_]{1,20}$/.test(name)), {
    message: "has an attribute whose name is not of small letters and digits",
  }) as unknown as z.ZodType<NewEvent>
