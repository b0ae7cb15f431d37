import { isRecord } from "../util/is-record.ts"
import type { PipelineStep } from "./pipeline.ts"

/** Whether this has the shape of steps, those within steps too: what is stored may have been changed by hand. */
export function areSteps(value: unknown): value is readonly PipelineStep[] {
  return Array.isArray(value) && value.every(isStep)
}

function isStep(value: unknown): boolean {
  if (!isRecord(value) || typeof value.name !== "string") return false
  const isKnown = Object.hasOwn(shapes, String(value.kind)) && shapes[value.kind as PipelineStep["kind"]](value)
  return isKnown && isOptional(value.catch, areSteps) && isOptional(value.after, Array.isArray)
}

/** What going through a step takes for granted. */
const shapes: Readonly<Record<PipelineStep["kind"], (step: Readonly<Record<string, unknown>>) => boolean>> = {
  function: (step) => typeof step.function === "string",
  parallel: ({ branches }) => isRecord(branches) && Object.values(branches).every(areSteps),
  map: ({ steps }) => areSteps(steps),
  branch: ({ cases, otherwise }) => Array.isArray(cases) && cases.every(isCase) && isOptional(otherwise, areSteps),
  wait: () => true,
  event: (step) => typeof step.type === "string",
  approval: () => true,
  pipeline: ({ steps }) => isOptional(steps, areSteps),
}

function isCase(value: unknown): boolean {
  return isRecord(value) && isRecord(value.when) && areSteps(value.steps)
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value)
}
