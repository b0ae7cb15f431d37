import { z } from "zod"

const count = (maximum: number) => z.number().int().min(0).max(maximum)

/** Calls of one function that may be under way at once. */
export const placesSchema: z.ZodType<number> = z.number().int().min(1).max(100_000)

/** Instances, as a configuration says it. */
export const scalingSchema: z.ZodType<Scaling> = z.strictObject({
  min: count(1000).optional(),
  max: count(100_000).optional(),
  minInstances: count(1000).optional(),
  maxInstances: count(100_000).optional(),
  concurrency: placesSchema.optional(),
  targetConcurrency: count(100_000).optional(),
  scaleToZero: z.boolean().optional(),
  prewarm: count(1000).optional(),
  /** Percent. */
  targetCpu: z.number().positive().max(100).optional(),
  /** Percent. */
  targetMemory: z.number().positive().max(100).optional(),
  /** Percent of the concurrency. */
  targetUtilization: z.number().positive().max(100).optional(),
  /** Calls per second for one instance. */
  targetRequestRate: z.number().positive().optional(),
  /** Seconds. */
  cooldown: z.number().min(0).max(86_400).optional(),
}) as unknown as z.ZodType<Scaling>

/** How many instances a function may have; `max` has an effect with `reuse`, where it bounds calls at once too. Both spellings of the bounds are accepted. */
export interface Scaling {
  readonly min?: number
  readonly max?: number
  readonly minInstances?: number
  readonly maxInstances?: number
  readonly concurrency?: number
  readonly targetConcurrency?: number
  readonly scaleToZero?: boolean
  readonly prewarm?: number
  /** Percent. */
  readonly targetCpu?: number
  /** Percent. */
  readonly targetMemory?: number
  /** Percent of the concurrency. */
  readonly targetUtilization?: number
  /** Calls per second for one instance. */
  readonly targetRequestRate?: number
  /** Seconds. */
  readonly cooldown?: number
}
