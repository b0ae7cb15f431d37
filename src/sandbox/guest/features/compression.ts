import { feature, provide } from "../feature.ts"
import { asInterface } from "../webidl.ts"
import { CompressionStream, DecompressionStream } from "./compression/streams.ts"

const classes = { CompressionStream, DecompressionStream }

export default function define(): void {
  // Both are made of it: it belongs into the same snapshot.
  feature("streams")
  for (const [name, type] of Object.entries(classes)) asInterface(type, name)
  provide("compression", classes)
}
