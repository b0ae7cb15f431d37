/** Which paths a mount serves: calls and function routes, management, or both. */
export type Expose = "invoke" | "manage" | "all"
