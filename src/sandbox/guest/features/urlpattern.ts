import { URLPattern } from "urlpattern-polyfill/urlpattern"
import { provide } from "../feature.ts"
import { asInterface } from "../webidl.ts"

export default function define(): void {
  provide("urlpattern", { URLPattern: asInterface(URLPattern, "URLPattern") })
}
