import { URLPattern } from "urlpattern-polyfill/urlpattern"
import { provide } from "../feature.ts"

export default function define(): void {
  provide("urlpattern", { URLPattern })
}
