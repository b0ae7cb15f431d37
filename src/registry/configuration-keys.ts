import { z } from "zod"
import { configurationSchema } from "../model/configuration.ts"

/** The keys that the configuration may have at a path. */
export function configurationKeys(path: readonly PropertyKey[]): readonly string[] {
  let here = objectsOf(configurationSchema)
  for (const key of path) {
    // An element is one of what its array takes.
    if (typeof key === "string") here = here.flatMap(({ shape }) => objectsOf(shape[key]))
  }
  const keys = here.flatMap(({ shape }) => Object.keys(shape))
  return path.length === 0 ? [...keys, ...spelledOutside] : keys
}

/** What stands in `network` may stand outside of it too. */
const spelledOutside = ["internal", "vpc"]

/** The objects that a schema takes, whatever it is wrapped in. */
function objectsOf(schema: unknown): readonly z.ZodObject[] {
  if (schema instanceof z.ZodObject) return [schema]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return objectsOf(schema.def.innerType)
  if (schema instanceof z.ZodArray) return objectsOf(schema.def.element)
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap(objectsOf)
  return []
}
