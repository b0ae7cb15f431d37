import { z } from "zod"
import { FunctionsError } from "../errors/functions-error.ts"
import type { AnomalyMethod } from "../model/anomaly.ts"
import type { DetectorOptions, DetectorState } from "./types.ts"

const share = z.number().min(0).max(1)
const weight = z.number().min(0).max(1000).default(1)
const points = z.number().int().min(0).max(10_000).default(60)

const optionsSchema = z.strictObject({
  sensitivity: share.default(0.5),
  weights: z
    .strictObject({ value: weight, rhythm: weight, variability: weight, silence: weight })
    .prefault({})
    .refine((weights) => Object.values(weights).some((one) => one > 0), "one weight at least must be above 0"),
  context: z.strictObject({ before: points, after: points }).prefault({}),
  minimumHistory: z.number().int().min(0).max(1_000_000).default(144),
  state: z
    .looseObject({ version: z.literal(1), points: z.number().int().min(0) })
    .transform((state) => state as unknown as DetectorState)
    .optional(),
})

/** Options with their defaults. */
export interface ReadOptions {
  readonly sensitivity: number
  readonly weights: Readonly<Record<AnomalyMethod, number>>
  readonly context: { readonly before: number; readonly after: number }
  readonly minimumHistory: number
  readonly state?: DetectorState | undefined
}

/** `FN_006` with the path of everything that is wrong. */
export function readOptions(options: DetectorOptions): ReadOptions {
  const parsed = optionsSchema.safeParse(options)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }))
  const told = issues.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ")
  throw new FunctionsError("FN_006", `Cannot create the detector: ${told}.`, { issues })
}

/** Refuses what is not a finite number. */
export function checkFinite(field: "value" | "timestampMs" | "nowMs", given: number): void {
  if (Number.isFinite(given)) return
  const told = typeof given === "number" ? String(given) : typeof given
  throw new FunctionsError("FN_006", `Cannot judge the point: ${field} is ${told}, give a finite number.`, {
    issues: [{ path: field, message: `is ${told}, give a finite number` }],
  })
}
