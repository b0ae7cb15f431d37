import { provide } from "../feature.ts"
import { intl } from "./intl/formatters.ts"
import { patchPrototypes } from "./intl/prototypes.ts"

export default function define(): void {
  provide("intl", { Intl: intl })
  patchPrototypes()
}
